"""TorchSharp's native binding (libLibTorchSharp.so) for the libtorch at hand: the package's own where it loads, or built from its sources.

Built with g++ alone, file by file. A file that does not compile against this libtorch is left out when AdvSeg calls nothing of it, so that a
newer PyTorch than the sources were written for is no obstacle as long as what is used still compiles.
"""
import concurrent.futures
import glob
import hashlib
import os
import shutil
import subprocess
import time

# Whole areas of the interface that a training run never calls.
NOT_NEEDED = {'THSExport', 'THSJIT', 'THSData', 'THSFFT', 'THSVision', 'THSOptimizers', 'THSSpecial', 'THSLinearAlgebra', 'cifar10', 'crc32c'}


def area(path):
    return os.path.splitext(os.path.basename(path))[0]


def includes(folder):
    """Folders with torch/torch.h and its own includes: a wheel's, or the system's."""
    for root in (os.path.join(folder, 'include'), '/usr/include', '/usr/local/include'):
        api = os.path.join(root, 'torch', 'csrc', 'api', 'include')
        if os.path.exists(os.path.join(api, 'torch', 'torch.h')):
            return [root, api]
    raise RuntimeError(f'PyTorch at {folder} came without its headers')


def libraries(folder):
    for path in (os.path.join(folder, 'lib'), '/usr/lib/x86_64-linux-gnu'):
        if os.path.exists(os.path.join(path, 'libtorch_cpu.so')):
            return path
    raise RuntimeError(f'PyTorch at {folder} came without libtorch_cpu.so')


def build(sources, cache, facts, limit):
    """Builds it once for these sources and this PyTorch in so many seconds; returns (library, what to say)."""
    end = time.time() + limit
    found = sorted(glob.glob(os.path.join(sources, 'LibTorchSharp', '*.c*')))
    found = sorted((path for path in found if path.endswith(('.c', '.cpp'))), key=lambda path: area(path) in NOT_NEEDED)
    if not found:
        raise RuntimeError(f'the sources of the binding are not at {sources}')
    digest = hashlib.sha256(f'{facts["version"]} {facts["cxx11"]} {facts["folder"]}'.encode())
    for path in found + sorted(glob.glob(os.path.join(sources, 'LibTorchSharp', '*.h'))):
        digest.update(open(path, 'rb').read())
    folder = os.path.join(cache, f'binding-{facts["version"]}-{digest.hexdigest()[:12]}'.replace('+', '-'))
    library, note = os.path.join(folder, 'libLibTorchSharp.so'), os.path.join(folder, 'note')
    if os.path.exists(library):
        return library, f'{open(note).read()}, built before'

    os.makedirs(folder, exist_ok=True)
    flags = ['-O1', '-w', '-fPIC', '-fvisibility=hidden', '-DNDEBUG', f'-D_GLIBCXX_USE_CXX11_ABI={int(facts["cxx11"])}', '-I', sources]
    for path in includes(facts['folder']):
        flags += ['-I', path]

    def compile_one(path):
        name = area(path)
        out = os.path.join(folder, name + '.o')
        language = ['gcc'] if path.endswith('.c') else ['g++', '-std=c++17']
        done = subprocess.run(language + flags + ['-c', path, '-o', out], capture_output=True, text=True, timeout=max(1, end - time.time()))
        error = next((line for line in done.stderr.splitlines() if 'error' in line), done.stderr[-200:])
        return name, out if done.returncode == 0 else None, os.path.basename(error)

    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(compile_one, path) for path in found]):
            results.append(done.result())
            if results[-1][1] is None and results[-1][0] not in NOT_NEEDED:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    failed = {name: error for name, out, error in results if out is None}
    needed = {name: error for name, error in failed.items() if name not in NOT_NEEDED}
    if needed:
        name, error = next(iter(needed.items()))
        raise RuntimeError(f'the sources of the binding do not compile against PyTorch {facts["version"]} ({name}: {error})')
    where = libraries(facts['folder'])
    link = ['g++', '-shared', '-o', library + '.new'] + [out for _, out, _ in results if out] + [
        '-L', where, '-Wl,--no-as-needed', '-ltorch', '-ltorch_cpu', '-lc10', '-Wl,-Bsymbolic', '-Wl,-rpath,$ORIGIN', f'-Wl,-rpath-link,{where}']
    done = subprocess.run(link, capture_output=True, text=True, timeout=max(1, end - time.time()))
    if done.returncode != 0:
        raise RuntimeError(f'the binding does not link: {done.stderr[-300:]}')
    said = f'built from TorchSharp\'s sources against PyTorch {facts["version"]}'
    if failed:
        said += f', without {", ".join(sorted(failed))}, which did not compile'
    open(note, 'w').write(said)
    os.replace(library + '.new', library)
    return library, said


def use(app, library):
    """Puts a binding beside the programs; the package's own stays there under another name."""
    own, mine = os.path.join(app, 'libLibTorchSharp.so'), os.path.join(app, 'libLibTorchSharp.package.so')
    if not os.path.exists(mine):
        shutil.copy(own, mine)
    temporary = own + '.new'
    shutil.copy(library or mine, temporary)
    os.replace(temporary, own)
