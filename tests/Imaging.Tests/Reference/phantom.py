# Reference definition of the digital prostate phantom that src/Imaging/Phantoms implements. phantom_statistics.py measures it.
# Digital prostate phantom. Units: mm, ms, um^2/ms. x: left->right, y: anterior->posterior, z: base(-)->apex(+)
import os; os.environ.setdefault('OMP_NUM_THREADS','1')
import numpy as np
from scipy import ndimage as ni
FOV=96.0
def smooth_noise(rng,N,sig_mm,p):
    "unit-SD Gaussian field: white noise, Gaussian blur sigma=sig_mm, divided by its SD"
    f=ni.gaussian_filter(rng.standard_normal((N,N)),sig_mm/p,mode='wrap'); return f/(f.std()+1e-9)
class Shape:
    "star shape: 1/(|cos/a|^q+|sin/b|^q)^(1/q) * (1+sum_m A_m cos(m th+ph_m)); th in the rotated frame"
    def __init__(s,rng,a,b,q,amp,ms=range(2,7),rot=0.0):
        s.a,s.b,s.q,s.rot=a,b,q,rot; s.h=[(m,rng.normal(0,amp*2.0/m),rng.uniform(0,2*np.pi),rng.normal(0,.02)) for m in ms]
    def level(s,x,y,scale=1.0,z=0.0):
        "returns d = r/R(theta): <1 inside; also R in mm"
        c,t=np.cos(s.rot),np.sin(s.rot); u=x*c+y*t; v=-x*t+y*c
        r=np.hypot(u,v)+1e-9; th=np.arctan2(v,u)
        R=(np.abs(np.cos(th)/s.a)**s.q+np.abs(np.sin(th)/s.b)**s.q)**(-1/s.q)
        R=R*(1+sum(A*np.cos(m*th+ph+w*z) for m,A,ph,w in s.h))*max(scale,1e-3)
        return r/R,R
def soft(d,R,w):  # smooth membership with edge width w mm
    return 1/(1+np.exp(np.clip((d-1)*R/w,-30,30)))
DEF=dict(les_adc=(0.98,0.15),les_t2=(82,12),mimic_adc=(1.22,0.14),adc_noise=0.028,label_jit=1.0)
def patient(seed,positive,N=64,P=DEF):
    rng=np.random.default_rng(seed); p=FOV/N
    ys,xs=np.mgrid[0:N,0:N]; X=(xs+.5-N/2)*p; Y=(ys+.5-N/2)*p
    # --- anatomy (patient level)
    a=np.clip(rng.normal(23,3),17,31); b=np.clip(rng.normal(18,3),13,26); c=np.clip(rng.normal(23,3),17,30)
    cx,cy=rng.normal(0,3),rng.normal(-2,3)
    gland=Shape(rng,a,b,2.3,.025)
    f=rng.uniform(.58,.86); tz=Shape(rng,a*f,b*f*1.02,2.1,.03); tzy=-(1-f)*b*rng.uniform(.45,.8)
    # --- patient level contrasts
    T2pz=np.clip(rng.normal(155,26),100,215); T2tz=np.clip(rng.normal(95,11),72,122)
    Apz=np.clip(rng.normal(1.68,.16),1.3,2.0); Atz=np.clip(rng.normal(1.42,.11),1.15,1.65)
    # --- lesions
    K=int(rng.integers(2,6)) if positive else int(rng.integers(4,7))
    les=[]; nles=(1+(rng.random()<.07)) if positive else 0
    zc=rng.uniform(-.45,.45)*c
    def place(inpz):
        for _ in range(200):
            if inpz:
                th=rng.uniform(-.15*np.pi,1.15*np.pi); q=rng.uniform(.72,.92)
            else:
                th=rng.uniform(0,2*np.pi); q=np.sqrt(rng.uniform(0,.36))
            R=(np.abs(np.cos(th)/a)**2.3+np.abs(np.sin(th)/b)**2.3)**(-1/2.3)
            x,y=q*R*np.cos(th),q*R*np.sin(th)
            d,_=tz.level(np.array([x]),np.array([y-tzy])); 
            if (d[0]>1.02)==inpz: return x,y,th
        return x,y,th
    for i in range(nles):
        inpz=rng.random()<.7; x,y,th=place(inpz)
        A=np.clip(np.exp(rng.normal(np.log(125),.7)),30,450); rho=np.sqrt(A/np.pi); ar=np.clip(np.exp(rng.normal(.42,.22)),1,2.5)
        rot=(th+np.pi/2 if inpz else 0)+rng.normal(0,.3)
        sh=Shape(rng,rho*np.sqrt(ar),rho/np.sqrt(ar),2,.11,rot=rot)
        lab=Shape(rng,rho*np.sqrt(ar),rho/np.sqrt(ar),2,.0,rot=rot); lab.h=[(m,A_+rng.normal(0,.03*P['label_jit']),ph,w) for m,A_,ph,w in sh.h]
        les.append(dict(x=x,y=y,z=zc if i==0 else zc+rng.uniform(-4,4),hz=.85*rho+2.5,sh=sh,lab=lab,dx=rng.normal(0,.8*P['label_jit'],2),ls=np.exp(rng.normal(0,.06*P['label_jit'])),
            T2=np.clip(rng.normal(*P['les_t2']),58,108),A=np.clip(rng.normal(*P['les_adc']),.6,1.3),al=rng.uniform(.75,1),kind='L'))
    # --- benign mimics (all patients)
    mim=[]
    for _ in range(rng.poisson(1.3)):  # PZ: T2-dark, no/weak restriction (haemorrhage, scar)
        mim.append(('hem',)+place(True)); 
    for _ in range(rng.poisson(0.8)):  # PZ: prostatitis: moderate T2 and ADC drop
        mim.append(('inf',)+place(True))
    for _ in range(rng.poisson(4.0)):  # TZ: BPH nodules
        mim.append(('bph',)+place(False))
    M=[]
    for kind,x,y,th in mim:
        if kind=='hem': rho=np.exp(rng.normal(np.log(4.5),.35)); T2f=rng.uniform(.5,.75); Aab=None; Af=rng.uniform(.85,1.0); ar=np.exp(rng.normal(.4,.25))
        if kind=='inf': rho=np.exp(rng.normal(np.log(5.0),.35)); T2f=rng.uniform(.6,.85); Aab=np.clip(rng.normal(*P['mimic_adc']),.9,1.5); Af=1; ar=np.exp(rng.normal(.5,.25))
        if kind=='bph':
            rho=rng.uniform(2.5,7.5); ar=np.exp(rng.normal(.1,.1)); Aab=None
            if rng.random()<.5: T2f=rng.uniform(1.1,1.5); Af=rng.uniform(1.0,1.2)       # glandular
            else: T2f=rng.uniform(.62,.85); Af=rng.uniform(.74,.95)                      # stromal
        rot=(th+np.pi/2 if kind!='bph' else rng.uniform(0,np.pi))
        M.append(dict(kind=kind,x=x,y=y,z=zc+rng.uniform(-7,7),hz=.9*rho+2.5,sh=Shape(rng,rho*np.sqrt(ar),rho/np.sqrt(ar),2,.07,rot=rot),T2f=T2f,Aab=Aab,Af=Af,al=rng.uniform(.7,1)))
    # --- surroundings (patient level)
    bl=dict(on=rng.random()<.75,y=-b-rng.uniform(9,14),w=rng.uniform(16,26),h=rng.uniform(7,13),z0=rng.uniform(-4,6))
    rec=dict(y=b+rng.uniform(9,13),x=rng.normal(0,2.5),w=rng.uniform(11,17),h=rng.uniform(8,12),wall=rng.uniform(2.2,3.6),gas=rng.random()<.5)
    blS=Shape(rng,bl['w'],bl['h'],2.6,.02); reS=Shape(rng,rec['w'],rec['h'],2.2,.03)
    mus=[Shape(rng,rng.uniform(7,10),rng.uniform(26,36),2.2,.03,rot=sgn*rng.uniform(.1,.3)) for sgn in (1,-1)]
    mx=a+rng.uniform(12,15)
    lev=[Shape(rng,rng.uniform(2.2,3.2),rng.uniform(18,24),2,.02,rot=-sgn*rng.uniform(.15,.3)) for sgn in (1,-1)]
    bias=rng.normal(0,.12,5); mis=rng.normal(0,1.0,2); stretch=1+rng.normal(0,.025)
    noise_t2=rng.uniform(.018,.035); noise_d=P['adc_noise']*rng.uniform(.7,1.3); gain=np.exp(rng.normal(0,.15,2))
    out=[];labs=[]
    for k in range(K):
        z=zc+(k-(K-1)/2)*3.0+0.0
        x=X-cx; y=Y-cy
        sc=np.sqrt(max(1-(z/(1.25*c))**2,.15))
        dG,RG=gland.level(x,y,sc,z); notch=1-.10*np.exp(-((np.arctan2(y,x)-np.pi/2)/.45)**2); dG=dG/notch
        ft=np.clip(1-.22*z/c,.6,1.12); dT,RT=tz.level(x,y-tzy*sc,sc*ft,z); 
        G=dG<1; T=(dT<1)&(dG<.95)
        mG=soft(dG,RG,.5); mT=soft(np.maximum(dT,dG/.95),RT,.6)
        # surrounding tissue. columns: T2, ADC, PD(T2w), PD(DWI)
        t2=np.full((N,N),95.); ad=np.full((N,N),1.1); pd=np.full((N,N),1.25); pw=np.full((N,N),.05)   # fat (fat-suppressed DWI)
        nz=smooth_noise(rng,N,1.6,p)
        strand=1/(1+np.exp(-(nz-1.3)/.25)); t2=t2*np.exp(.06*nz)*(1-.35*strand); pw=pw+.25*strand*(np.hypot(x,y)<a+14)
        def put(m,T2,A,PD,PW):
            nonlocal t2,ad,pd,pw
            t2=t2*(1-m)+T2*m; ad=ad*(1-m)+A*m; pd=pd*(1-m)+PD*m; pw=pw*(1-m)+PW*m
        for i,sg in enumerate((1,-1)):
            d,R=mus[i].level(x-sg*mx,y+2); put(soft(d,R,.7),38,1.25,1,.8)
            d,R=lev[i].level(x-sg*(a*sc+4.0),y-5); put(soft(d,R,.6),42,1.2,1,.8)
        if bl['on'] and z<bl['z0']+4:
            s=np.clip(1-(z-bl['z0']+10)/28,.35,1.1)
            d,R=blS.level(x,y-bl['y'],s); put(soft(d*R/(R+3.),R+3.,.6),55,1.3,1,1.); put(soft(d,R,.6),900,2.9,1,1.)
        elif True: # pubic symphysis / dorsal venous complex
            d,R=blS.level(x,y-bl['y'],.7); put(soft(d,R,.8),60,1.1,.9,.3)
        d,R=reS.level(x-rec['x'],y-rec['y']); put(soft(d,R,.6),60,1.3,1,.9)
        d2=d*R/np.maximum(R-rec['wall'],1); 
        if rec['gas']: put(soft(d2,R,.5),20,1.,.02,.02)
        else: put(soft(d2,R,.6),75,1.0,.8,.25)
        # gland
        put(soft(dG,RG+1.0,.5),50,1.2,1,.9)                                   # capsule
        n1,n2,n3=smooth_noise(rng,N,1.2,p),smooth_noise(rng,N,3.0,p),smooth_noise(rng,N,2.0,p)
        T2p=T2pz*np.exp(.14*n1+.10*n2); Ap=Apz*np.exp(.05*n1+.07*n2)
        T2t=T2tz*np.exp(.14*n3+.06*n1); At=Atz*np.exp(.06*n3+.03*n2)
        gT2=T2p*(1-mT)+T2t*mT; gA=Ap*(1-mT)+At*mT
        for m in M:
            s2=1-((z-m['z'])/m['hz'])**2
            if s2<=0: continue
            d,R=m['sh'].level(x-m['x']*sc,y-m['y']*sc,np.sqrt(s2)); w=m['al']*soft(d,R,.6); zone=mT if m['kind']=='bph' else 1-mT
            w=w*zone; gT2=gT2*(1-w)+gT2*m['T2f']*w; gA=gA*(1-w)+(m['Aab'] if m['Aab'] else gA*m['Af'])*w
            if m['kind']=='bph': rim=np.exp(-((d-1)*R/.7)**2)*zone*.45; gT2=gT2*(1-rim*.45)
        tex=smooth_noise(rng,N,1.5,p); L=np.zeros((N,N),bool)
        for l in les:
            s2=1-((z-l['z'])/l['hz'])**2
            if s2<=0: continue
            d,R=l['sh'].level(x-l['x']*sc,y-l['y']*sc,np.sqrt(s2)); w=l['al']*soft(d,R,.9)
            gT2=gT2*(1-w)+l['T2']*np.exp(.10*tex)*w; gA=gA*(1-w)+l['A']*np.exp(.06*tex)*w
            d,R=l['lab'].level(x-l['x']*sc-l['dx'][0],y-l['y']*sc-l['dx'][1],np.sqrt(s2)*l['ls']); L|=(d<1)&G
        put(mG,gT2,gA,1.,1.)
        # --- T2w: spin echo TE=100 ms, blur, bias, Rician
        s=pd*np.exp(-100/t2); s=ni.gaussian_filter(s,.45/p)
        u,v=X/48,Y/48; s=s*np.exp(bias[0]*u+bias[1]*v+bias[2]*(u*u-.3)+bias[3]*(v*v-.3)+bias[4]*u*v)
        s=np.hypot(s+rng.normal(0,noise_t2,s.shape),rng.normal(0,noise_t2,s.shape))*gain[0]
        # --- DWI: TE=70 ms at 2 mm, b=50,800 -> ADC; b=1500; distortion, Rician noise, bilinear upsampling
        n=48; q=FOV/n; iy,ix=np.mgrid[0:n,0:n]; px=(ix+.5)*q; py=(iy+.5)*q
        S0=pw*np.exp(-70/t2)
        cxs=(px+mis[0])/p-.5; cys=((py-48)*stretch+48+mis[1])/p-.5
        def acq(bv,sig):
            im=ni.gaussian_filter(S0*np.exp(-bv*ad),.9/p); im=ni.map_coordinates(im,[cys,cxs],order=1,mode='nearest')
            return np.hypot(im+rng.normal(0,sig,im.shape),rng.normal(0,sig,im.shape))
        sg=noise_d*.35
        s50,s800,s1500=acq(.05,sg*.5),acq(.8,sg*.5),acq(1.5,sg*.6)
        A=np.clip(np.log(s50/np.maximum(s800,1e-6))/.75,0,3.2); A[s50<.07]=0
        up=lambda im: ni.map_coordinates(im,[(ys+.5)*p/q-.5,(xs+.5)*p/q-.5],order=1,mode='nearest')
        out.append(np.stack([s,up(A),up(s1500)*gain[1]])); 
        y_=np.zeros((N,N),np.uint8); y_[G]=2; y_[T]=3; y_[L]=1; labs.append(y_)
    im=np.stack(out).astype('f4'); return im,np.stack(labs)
def normalise(im):
    "per patient: T2w, b1500 z-score; ADC fixed (A-1.0)/0.7"
    o=im.copy()
    for c in (0,2): o[:,c]=(im[:,c]-im[:,c].mean())/(im[:,c].std()+1e-6)
    o[:,1]=(im[:,1]-1.0)/.7; return o
def cohort(npos,nneg,N=64,seed=0,P=DEF):
    X=[];Y=[];pid=[];pos=[]
    for i in range(npos+nneg):
        im,l=patient(seed*100003+i,i<npos,N,P); X.append(normalise(im));Y.append(l);pid+= [i]*len(l);pos+=[i<npos]*len(l)
    return np.concatenate(X),np.concatenate(Y),np.array(pid),np.array(pos)
