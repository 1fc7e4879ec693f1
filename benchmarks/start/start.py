"""Where the time of a worker's start goes; prints a Markdown table of medians (least to most).

Parts of training are those of `Training.Benchmarks start` (a process each time). Membership: a
silo alone (`--role all`) over an empty folder, from its start to the first time that /healthz/ready says yes, less the start of .NET.
Run with a Release build: python3 start.py [--times 7]
"""
import argparse
import json
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

BIN = pathlib.Path(__file__).resolve().parents[2] / 'artifacts' / 'bin'
TRAINING = ['dotnet', BIN / 'Training.Benchmarks' / 'release' / 'AdvSeg.Training.Benchmarks.dll']
SILO = ['dotnet', BIN / 'Silo' / 'release' / 'advseg-silo.dll']


def free_port():
    with socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))
        return bound.getsockname()[1]


def parts():
    return json.loads(subprocess.run([*TRAINING, 'start'], check=True, capture_output=True, text=True).stdout)


def ready(folder):
    """Milliseconds from the start of a silo to its readiness."""
    http = f'127.0.0.1:{free_port()}'
    began = time.monotonic()
    silo = subprocess.Popen([*SILO, '--role', 'all', '--data', folder, '--slots', '1', '--http', http],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - began < 60 and silo.poll() is None:
            try:
                with urllib.request.urlopen(f'http://{http}/healthz/ready', timeout=1):
                    return (time.monotonic() - began) * 1000
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        raise SystemExit('The silo did not become ready; build it in Release.')
    finally:
        silo.terminate()
        silo.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--times', type=int, default=7)
    times = range(parser.parse_args().times)
    subprocess.run([*TRAINING, 'cohort'], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        found = [(parts(), ready(str(pathlib.Path(folder) / f'data{i}'))) for i in times]
    rows = {
        'start of .NET': [part['runtime'] for part, _ in found],
        'membership (silo alone, to ready)': [silo - part['runtime'] for part, silo in found],
        'libtorch': [part['libtorch'] for part, _ in found],
        'canary': [part['canary'] for part, _ in found],
        'cohort of the demo': [part['cohort'] for part, _ in found],
        'training parts together': [part['libtorch'] + part['canary'] + part['cohort'] for part, _ in found],
    }
    print('| part | ms: median (least to most) |\n|---|---|')
    for name, values in rows.items():
        print(f'| {name} | {statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f}) |')


if __name__ == '__main__':
    main()
