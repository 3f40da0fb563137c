//! Lists as aligned columns.

use crate::terminal::{Terminal, Tone};

/// Rows of cells under headings; each cell has a tone.
#[derive(Debug)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<(Tone, String)>>,
}

impl Table {
    /// An empty table.
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; it has as many cells as there are headings.
    pub fn row(&mut self, cells: Vec<(Tone, String)>) {
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells);
    }

    /// The table, or `empty` when it has no rows.
    pub fn show(&self, terminal: Terminal, empty: &str) -> String {
        if self.rows.is_empty() {
            return empty.to_owned();
        }
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].1.chars().count());
            cells.chain([self.headings[column].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let last = widths.len() - 1;
        let line = |cells: &mut dyn Iterator<Item = (Tone, &str)>| -> String {
            let mut line = String::new();
            for (column, (tone, text)) in cells.enumerate() {
                let padding = if column == last { 0 } else { widths[column] - text.chars().count() + 2 };
                line.push_str(&terminal.paint(tone, text));
                line.push_str(&" ".repeat(padding));
            }
            line.trim_end().to_owned()
        };
        let mut lines = vec![line(&mut self.headings.iter().map(|h| (Tone::Faint, *h)))];
        lines.extend(self.rows.iter().map(|row| line(&mut row.iter().map(|(tone, text)| (*tone, text.as_str())))));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_characters() {
        let mut table = Table::new(&["ID", "NAME"]);
        table.row(vec![(Tone::Plain, "run_äö".into()), (Tone::Plain, "a".into())]);
        table.row(vec![(Tone::Plain, "r".into()), (Tone::Plain, "b".into())]);
        assert_eq!(table.show(Terminal::plain(), "none"), "ID      NAME\nrun_äö  a\nr       b");
        assert_eq!(Table::new(&["A"]).show(Terminal::plain(), "none"), "none");
    }
}
