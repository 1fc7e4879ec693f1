using System.Net;
using System.Text;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Html;

/// <summary>Elements of a page that needs no other file: every text is escaped here.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 "Liberation Sans", Arial, sans-serif; color: #222; max-width: 76rem; margin: 2rem auto; padding: 0 1rem;
          overflow-wrap: anywhere; }
        p, ul, figure { max-width: 62rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #d9d9d9; }
        table { border-collapse: collapse; font-size: 13px; margin: .8rem 0; display: block; overflow-x: auto; }
        caption { text-align: left; font-weight: 600; padding: .2rem 0; }
        th, td { padding: .2rem .35rem; text-align: left; border-bottom: 1px solid #e6e6e6; vertical-align: top; font-variant-numeric: tabular-nums;
          overflow-wrap: normal; white-space: nowrap; }
        td.words { white-space: normal; min-width: 9.5rem; overflow-wrap: anywhere; } caption { white-space: nowrap; }
        .prose td { white-space: normal; overflow-wrap: anywhere; } .prose td.words { min-width: 0; }
        th { cursor: pointer; white-space: normal; vertical-align: bottom; } figure { margin: 1rem 0; overflow-x: auto; }
        figure img { max-width: min(32rem, 100%); height: auto; }
        figure img.page { max-width: none; width: 46rem; } figcaption { font-size: 13px; color: #444; }
        svg { width: 100%; min-width: 40rem; height: auto; } .note { color: #555; font-size: 13px; } ul.note { padding-left: 1.2rem; }
        figcaption { position: sticky; left: 0; } pre { overflow-x: auto; }
        @media print { body { max-width: none; margin: 0; font-size: 10pt; } h2, figure, table { break-inside: avoid; } svg { min-width: 0; }
          th, td { white-space: normal; } td.words { min-width: 0; } }
        """;

    /// <summary>
    /// Sorts a table's body by the column whose heading is clicked: numbers by their value, the other way at the second click. A row that continues
    /// the one above gets its name.
    /// </summary>
    private const string Script = """
        document.querySelectorAll('th').forEach(th => th.addEventListener('click', () => {
          const body = th.closest('table').tBodies[0], i = th.cellIndex, turn = th.dataset.turn = th.dataset.turn === '1' ? '-1' : '1';
          [...body.rows].forEach((row, k) => row.cells[0].textContent ||= k ? body.rows[k - 1].cells[0].textContent : '');
          const plain = row => row.cells[i].textContent.replace(/\u2212/g, '-').replace(/^[<>] /, '');
          const value = row => isNaN(parseFloat(plain(row))) ? plain(row) : parseFloat(plain(row));
          [...body.rows].sort((a, b) => { const x = value(a), y = value(b);
            return turn * (typeof x === typeof y ? (x > y) - (x < y) : typeof x === 'number' ? -1 : 1); }).forEach(row => body.append(row));
        }));
        """;

    /// <summary>Cells of more letters hold sentences, which break into lines; a number and its interval stay on one.</summary>
    private const int LongestNumber = 24;

    private readonly StringBuilder _text = new();

    public HtmlPage(string title) => _text.Append(
        $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            + $"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Escape(title)}</title>\n"
            + $"<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Escape(title)}</h1>\n");

    public void Heading(string text) => _text.Append($"<h2>{Escape(text)}</h2>\n");

    public void Paragraph(string text, bool isNote = false) => _text.Append($"<p{(isNote ? " class=\"note\"" : "")}>{Escape(text)}</p>\n");

    public void List(IEnumerable<string> items, bool isNote = false) => _text.Append($"<ul{(isNote ? " class=\"note\"" : "")}>\n")
        .AppendJoin("", items.Select(item => $"<li>{Escape(item)}</li>\n")).Append("</ul>\n");

    public void Table(Block block)
    {
        foreach (var (name, rows) in block.Groups)
        {
            Table($"{block.Title}: {name}", block.Headers, rows);
        }
    }

    /// <param name="caption">Above it.</param>
    /// <param name="headers">Of its columns.</param>
    /// <param name="rows">A cell per column.</param>
    /// <param name="isProse">Cells are sentences, which break into lines.</param>
    public void Table(string caption, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, bool isProse = false)
    {
        string Cells(IEnumerable<string> cells, string tag) => string.Concat(
            cells.Select(cell => $"<{tag}{(cell.Length > LongestNumber ? " class=\"words\"" : "")}>{Escape(cell)}</{tag}>"));
        _text.Append($"<table{(isProse ? " class=\"prose\"" : "")}><caption>{Escape(caption)}</caption>\n");
        _text.Append($"<thead><tr>{Cells(headers, "th")}</tr></thead>\n<tbody>\n");
        _text.AppendJoin("", rows.Select(row => $"<tr>{Cells(row, "td")}</tr>\n")).Append("</tbody></table>\n");
    }

    /// <param name="svg">A whole SVG document, whose declaration is left out.</param>
    /// <param name="caption">Below it.</param>
    public void Vector(byte[] svg, string caption)
    {
        string text = Encoding.UTF8.GetString(svg);
        _text.Append($"<figure>\n{text[text.IndexOf("<svg", StringComparison.Ordinal)..]}\n<figcaption>{Escape(caption)}</figcaption>\n</figure>\n");
    }

    /// <param name="png">The image.</param>
    /// <param name="caption">Below it.</param>
    /// <param name="isPage">As wide as a page and not less, so that its type can be read; a phone scrolls it.</param>
    public void Picture(byte[] png, string caption, bool isPage = false) => _text.Append(
        $"<figure><img{(isPage ? " class=\"page\"" : "")} alt=\"{Escape(caption)}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\">\n"
            + $"<figcaption>{Escape(caption)}</figcaption></figure>\n");

    public void Details(string summary, string text) =>
        _text.Append($"<details><summary>{Escape(summary)}</summary><pre>{Escape(text)}</pre></details>\n");

    public byte[] Bytes() => Encoding.UTF8.GetBytes($"{_text}<script>\n{Script}\n</script>\n</body>\n</html>\n");

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
