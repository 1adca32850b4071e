//! A recording of a terminal: as an asciicast (version 2), and as an SVG that plays it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What a person saw, from `at` on, in milliseconds.
pub struct Frame {
    pub at: u64,
    pub screen: vt100::Screen,
}

/// How a recording is called, and said in words to those who cannot see it.
pub struct Words {
    pub title: &'static str,
    pub description: &'static str,
}

/// In pixels. A column is as wide as most monospaced fonts of that size make it.
const FONT: u16 = 14;
const COLUMN: f64 = 8.4;
const LINE: u16 = 20;
const MARGIN: u16 = 18;
const GROUND: &str = "#0d1117";
const EDGE: &str = "#484f58";
const PLAIN: &str = "#e6edf3";
const CURSOR: &str = "#6e7681";

/// The recording as an asciicast: <https://docs.asciinema.org/manual/asciicast/v2/>.
pub fn cast(frames: &[Frame], words: &Words) -> String {
    let (rows, columns) = frames[0].screen.size();
    let header = serde_json::json!({ "version": 2, "width": columns, "height": rows, "title": words.title });
    let mut cast = format!("{header}\n");
    let blank = vt100::Parser::new(rows, columns, 0);
    let mut before = blank.screen();
    for Frame { at, screen } in frames {
        let output = screen.state_diff(before);
        let line = serde_json::json!([seconds(*at), "o", output]);
        let _ = writeln!(cast, "{line}");
        before = screen;
    }
    cast
}

#[expect(clippy::cast_precision_loss, reason = "a recording takes less than a day")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}

/// A part of the picture that stays the same for a while: it is drawn once, and shown from one frame to another.
struct Part {
    drawn: String,
    from: usize,
    to: usize,
}

/// The recording as an SVG that plays for ever; where people want no motion it shows its last frame.
pub fn svg(frames: &[Frame], end: u64, words: &Words) -> String {
    let (rows, columns) = frames[0].screen.size();
    let width = (f64::from(columns.get()) * COLUMN).round() + 2.0 * f64::from(MARGIN);
    let height = rows.get() * LINE + 2 * MARGIN;
    let (mut styles, mut parts) = (String::new(), String::new());
    let mut keyframes = BTreeMap::new();
    for part in parts_of(frames) {
        let stays = part.to == frames.len();
        let class = if stays { " class=\"last\"" } else { "" };
        if part.from == 0 && stays {
            let _ = writeln!(parts, "<g{class}>{}</g>", part.drawn);
            continue;
        }
        let number = keyframes.len();
        let number = *keyframes.entry((part.from, part.to)).or_insert(number);
        let _ = writeln!(parts, "<g{class} style=\"animation-name:k{number}\">{}</g>", part.drawn);
    }
    let percent = |frame: usize| {
        let at = frames.get(frame).map_or(end, |frame| frame.at);
        format!("{:.3}%", 100.0 * seconds(at) / seconds(end))
    };
    for ((from, to), number) in &keyframes {
        let hidden_before = if *from == 0 { "" } else { "0%{visibility:hidden}" };
        let hidden_after = if *to == frames.len() {
            String::new()
        } else {
            format!("{}{{visibility:hidden}}", percent(*to))
        };
        let _ = writeln!(
            styles,
            "@keyframes k{number}{{{hidden_before}{}{{visibility:visible}}{hidden_after}}}",
            percent(*from)
        );
    }
    let seconds = seconds(end);
    let Words { title, description } = words;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"description\">{description}</desc>\n\
         <style>\ntext{{white-space:pre}}\n\
         g[style]{{visibility:hidden;animation:{seconds}s step-end infinite}}\n\
         @media (prefers-reduced-motion:reduce){{g[style]{{animation:none}}g.last{{visibility:visible}}}}\n{styles}</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{GROUND}\" stroke=\"{EDGE}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', \
         monospace\" font-size=\"{FONT}\" fill=\"{PLAIN}\" xml:space=\"preserve\">\n{parts}</g>\n</svg>\n",
        width - 1.0,
        height - 1,
    )
}

/// Each row, and the cursor, for as long as it stays the same.
fn parts_of(frames: &[Frame]) -> Vec<Part> {
    let rows = frames[0].screen.size().0.get();
    let drawings = std::iter::once(cursor as fn(&vt100::Screen, u16) -> String)
        .chain(std::iter::repeat_n(row as fn(&vt100::Screen, u16) -> String, rows.into()));
    let mut parts = Vec::new();
    for (index, draw) in drawings.enumerate() {
        let row = u16::try_from(index.saturating_sub(1)).unwrap();
        let mut from = 0;
        let mut drawn = draw(&frames[0].screen, row);
        for (frame, Frame { screen, .. }) in frames.iter().enumerate().skip(1) {
            let next = draw(screen, row);
            if next != drawn {
                parts.push(Part { drawn: std::mem::replace(&mut drawn, next), from, to: frame });
                from = frame;
            }
        }
        parts.push(Part { drawn, from, to: frames.len() });
    }
    parts.retain(|part| !part.drawn.is_empty());
    parts
}

fn cursor(screen: &vt100::Screen, _: u16) -> String {
    let (row, column) = screen.cursor_position();
    let (x, y) = (left(column), MARGIN + row * LINE + 2);
    format!("<rect x=\"{x:.1}\" y=\"{y}\" width=\"{COLUMN}\" height=\"17\" fill=\"{CURSOR}\"/>")
}

fn left(column: u16) -> f64 {
    f64::from(MARGIN) + f64::from(column) * COLUMN
}

/// One row: each run of cells of one style stands on its column, whatever fonts the reader has.
fn row(screen: &vt100::Screen, row: u16) -> String {
    let y = MARGIN + row * LINE + 15;
    let mut runs: Vec<(u16, u16, String, String)> = Vec::new();
    for column in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
            continue;
        };
        let width = if cell.is_wide() { 2 } else { 1 };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let style = style(cell);
        match runs.last_mut() {
            // wide characters may come from another font: they stand alone
            Some((_, columns, run, known))
                if *known == style && width == 1 && usize::from(*columns) == run.chars().count() =>
            {
                *columns += 1;
                run.push_str(text);
            }
            _ => runs.push((column, width, text.to_owned(), style)),
        }
    }
    let mut drawn = String::new();
    for (column, columns, text, style) in runs {
        let trimmed = text.trim_end();
        if trimmed.is_empty() {
            continue;
        }
        let columns = columns - u16::try_from(text.len() - trimmed.len()).unwrap();
        let (x, length) = (left(column), f64::from(columns) * COLUMN);
        let text = trimmed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(drawn, "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\"{style}>{text}</text>");
    }
    drawn
}

fn style(cell: &vt100::Cell) -> String {
    let mut style = String::new();
    let color = match cell.fgcolor() {
        vt100::Color::Idx(1) => Some("#ff7b72"),
        vt100::Color::Idx(2) => Some("#7ee787"),
        vt100::Color::Idx(5) => Some("#d2a8ff"),
        vt100::Color::Idx(6) => Some("#56d4dd"),
        _ if cell.dim() => Some("#9198a1"),
        _ => None,
    };
    if let Some(color) = color {
        let _ = write!(style, " fill=\"{color}\"");
    }
    if cell.bold() {
        style.push_str(" font-weight=\"bold\"");
    }
    style
}
