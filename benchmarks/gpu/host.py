"""The machine that eng/gpu runs on: programs with a limit, and what they answered."""
import json
import os
import select
import signal
import subprocess
import time


class Skipped(Exception):
    """A part cannot be done here; the message says why."""


class Host:
    def __init__(self, folder, device, python):
        self.folder, self.device, self.python, self.libtorch, self.facts = folder, device, python, None, None
        self.app, self.bench = os.path.join(folder, 'app'), os.path.join(folder, 'gpu')
        self.program, self.silo = os.path.join(self.app, 'AdvSeg.Training.Benchmarks'), os.path.join(self.app, 'advseg-silo')
        self.client = os.path.join(self.app, 'advseg')
        self.deadline, self.numerics = float('inf'), []
        self.scratch = os.path.join(folder, 'scratch')
        os.makedirs(self.scratch, exist_ok=True)

    def left(self):
        return self.deadline - time.time()

    def environment(self, extra=None):
        found = {**os.environ, 'OMP_NUM_THREADS': '1', 'DOTNET_gcServer': '0', **(extra or {})}
        if self.libtorch:
            found['ADVSEG_LIBTORCH'] = self.libtorch
        return found

    def start(self, command, extra=None, **pipes):
        """In a group of its own, so that a limit ends its children too."""
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                env=self.environment(extra), cwd=self.scratch, **pipes)

    def finish(self, process, limit=None):
        limit = min(self.left(), limit or float('inf'))
        try:
            out, err = process.communicate(timeout=max(1, limit if limit != float('inf') else 3600))
        except subprocess.TimeoutExpired:
            kill(process)
            process.communicate()
            raise Skipped(f'not done after {limit:.0f} s: {" ".join(process.args[:4])}')
        if process.returncode != 0:
            last = [line for line in (err or out).strip().splitlines() if line.strip()] or ['no message']
            raise Skipped(f'{os.path.basename(process.args[0])} ended with {process.returncode}: {last[-1].strip()[:300]}')
        return out

    def run(self, command, extra=None, limit=None):
        return self.finish(self.start(command, extra), limit)

    def ours(self, part, extra=None, limit=None, **options):
        return answer(self.run(self.command(part, **options), extra, limit))

    def command(self, part, **options):
        """A part of the benchmark program; True makes a switch, None leaves the option out."""
        words = [self.program, 'gpu', part]
        for name, value in {'device': self.device, **dict(self.numerics), **options}.items():
            if value is True:
                words.append('--' + name.replace('_', '-'))
            elif value is not None and value is not False:
                words += ['--' + name.replace('_', '-'), str(value)]
        return words

    def peer(self, *words, limit=None):
        return answer(self.run([self.python, os.path.join(self.bench, 'peer.py'), *map(str, words)], limit=limit))


def kill(process):
    """And waits for its end: until then a GPU's memory is not free."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def line_of(host, process):
    if not select.select([process.stdout], [], [], max(1, host.left()))[0]:
        raise Skipped(f'{os.path.basename(process.args[0])} did not answer in time')
    return process.stdout.readline()


def answer(out):
    """The last line is JSON; what comes before it, a library said."""
    return json.loads(out.strip().splitlines()[-1])


def tool(command):
    """First line that a tool of the machine prints, or None."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else None
    except (OSError, subprocess.TimeoutExpired):
        return None
