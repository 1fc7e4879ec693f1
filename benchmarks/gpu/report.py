"""Results as they come: one JSON and one Markdown file, rewritten after every part, so that a visit that is cut short leaves what it has."""
import json
import os
import sys
import time


class Report:
    def __init__(self, folder, order, title):
        self.folder, self.order, self.title, self.began = folder, ['binding', *order], title, time.time()
        self.parts = earlier(folder, title, self.order)

    def add(self, name, seconds, rows=(), skipped=None, **values):
        """rows: (what, value); skipped: why the part, or the rest of it, was not done. What was measured before is kept then."""
        if skipped and any(part['part'] == name and not part['skipped'] for part in self.parts):
            print(f'{name}: {skipped}; what an earlier call measured is kept', file=sys.stderr)
            return
        self.parts = [part for part in self.parts if part['part'] != name]
        self.parts.append(dict(part=name, seconds=round(seconds, 1), rows=[[str(a), show(b)] for a, b in rows], skipped=skipped, values=values))
        self.parts.sort(key=lambda part: self.order.index(part['part']))
        self.save()

    def save(self):
        write(os.path.join(self.folder, 'results.json'), json.dumps(dict(title=self.title, seconds=round(time.time() - self.began, 1),
                                                                        parts=self.parts), indent=1))
        write(os.path.join(self.folder, 'results.md'), self.markdown())

    def markdown(self):
        lines = [f'# {self.title}', '', '| part | what | measured |', '|---|---|---|']
        for part in self.parts:
            rows = part['rows'] + ([['not done', part['skipped']]] if part['skipped'] else [])
            lines += [f'| {part["part"]} ({part["seconds"]} s) | {cell(a)} | {cell(b)} |' for a, b in rows or [['', 'nothing to say']]]
        return '\n'.join(lines) + '\n'


def earlier(folder, title, order):
    """What a call before left: parts that are not done again keep their numbers. The file of another machine or form is put aside."""
    path = os.path.join(folder, 'results.json')
    try:
        with open(path) as f:
            found = json.load(f)
        if found['title'] == title:
            return [part for part in found['parts'] if part['part'] in order]
    except (OSError, ValueError, KeyError):
        pass
    if os.path.exists(path):
        number = next(n for n in range(1, 1000) if not os.path.exists(os.path.join(folder, f'results-{n}.json')))
        os.rename(path, os.path.join(folder, f'results-{number}.json'))
    return []


def show(value):
    if isinstance(value, float):
        return f'{value:.3g}' if abs(value) < 100 else f'{value:,.0f}'
    return str(value)


def cell(text):
    return text.replace('|', '/').replace('\n', ' ')


def write(path, text):
    with open(path + '.new', 'w') as out:
        out.write(text)
    os.replace(path + '.new', path)
