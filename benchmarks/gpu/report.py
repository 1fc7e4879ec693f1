"""Results as they come: one JSON and one Markdown file, rewritten after every part, so that a visit that is cut short leaves what it has."""
import json
import os
import time


class Report:
    def __init__(self, folder, order, title):
        self.folder, self.order, self.title, self.parts, self.began = folder, ['binding', *order], title, earlier(folder, title), time.time()

    def add(self, name, seconds, rows=(), skipped=None, **values):
        """rows: (what, value); skipped: why the part, or the rest of it, was not done."""
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


def earlier(folder, title):
    """What a visit before left: parts that are not done again keep their numbers."""
    try:
        with open(os.path.join(folder, 'results.json')) as f:
            found = json.load(f)
        return found['parts'] if found['title'] == title else []
    except (OSError, ValueError, KeyError):
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
