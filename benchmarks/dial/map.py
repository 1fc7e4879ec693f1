"""When does an adversary help? A small sweep of the demo's size at settings of the phantom's dial, one at a time; prints a Markdown table.

Each setting trains cross-entropy and adversarial over 3 folds and SEEDS seeds (cohort and evaluation cohort at the same setting), in a data folder
of its own below DIR; a stop goes on where it was. Difference: adversarial minus cross-entropy, DSC on the evaluation cohort, with the interval over
networks and patients and the p-value over seeds of inference.csv. Stderr tells the time that each setting took.
The last column has the adversarial means by seed: one network that does not find the tumour decides a mean of few.
The whole map is 168 runs: 20 minutes of processor time a setting, so some 70 minutes on 2 idle cores.
Run with a built client: python3 map.py ADVSEG DIR [--seeds 4] [--steps 1400] [--preset demo] [--settings 7]
Whether it runs at all: --preset smoke --steps 20 --seeds 2 --settings 2
"""
import argparse
import csv
import pathlib
import resource
import subprocess
import sys
import time

SETTINGS = [{}, {'contrast': 0.7}, {'contrast': 0.4}, {'variation': 0}, {'variation': 2}, {'labelNoise': 0}, {'labelNoise': 2}]
SWEEP = """apiVersion: advseg/v1
preset: {preset}
name: {name}
cohort: {{phantom: {{seed: 40{dial}}}}}
evaluationCohort: {{phantom: {{seed: 41, lesionFree: 20{dial}}}}}
folds: 3
seeds: {seeds}
protocol: {{steps: {steps}}}
variants:
  - {{name: cross-entropy, scheme: cross-entropy}}
  - {{name: adversarial, scheme: adversarial}}
ablation: none
"""


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('advseg'), parser.add_argument('dir', type=pathlib.Path)
    parser.add_argument('--seeds', type=int, default=4), parser.add_argument('--steps', type=int, default=1400)
    parser.add_argument('--preset', default='demo'), parser.add_argument('--settings', type=int, default=len(SETTINGS))
    options = parser.parse_args()
    print('| dial | cross-entropy | adversarial | difference | p (seeds) | adversarial by seed |\n|---|---:|---:|---:|---:|---|')
    for setting in SETTINGS[:options.settings]:
        name = 'dial-' + ('-'.join(f'{k}-{v}' for k, v in setting.items()).lower().replace('.', '') or 'usual')
        folder = options.dir / name
        folder.mkdir(parents=True, exist_ok=True)
        dial = ''.join(f', {k}: {v}' for k, v in setting.items())
        (folder / 'sweep.yaml').write_text(SWEEP.format(dial=dial, name=name, **vars(options)))
        began, before = time.monotonic(), processor_seconds()
        subprocess.run([options.advseg, 'demo', '--spec', folder / 'sweep.yaml', '--data', folder / 'data'], check=True, stdout=subprocess.DEVNULL)
        report = folder / 'data' / 'report' / 'inference.csv'
        rows = list(csv.DictReader(report.open()))
        row = next(r for r in rows if (r['cohort'], r['variant'], r['metric']) == ('evaluation', 'adversarial', 'dice'))
        means = {(r['variant'], r['seed']): float(r['dice_mean']) for r in csv.DictReader((report.parent / 'table1.csv').open())
                 if (r['cohort'], r['unit']) == ('evaluation', 'patient')}
        table = {variant: mean for (variant, seed), mean in means.items() if seed == ''}
        seeds = ' '.join(f'{means["adversarial", str(seed)]:.2f}' for seed in range(options.seeds))
        number = lambda key: float(row[key])
        p = f"{number('seed_p'):.3f}" if row['seed_p'] else 'n/a'
        print(f"| {', '.join(f'{k} {v}' for k, v in setting.items()) or 'usual'} | {table['cross-entropy']:.3f} | {table['adversarial']:.3f} | "
              f"{number('difference'):+.3f} [{number('difference_low'):+.3f}, {number('difference_high'):+.3f}] | {p} | {seeds} |", flush=True)
        print(f'{name}: {time.monotonic() - began:.0f} s, {processor_seconds() - before:.0f} s of processors', file=sys.stderr)


if __name__ == '__main__':
    main()
