//! The outline under a definition file: every line owns the deeper-indented lines that follow it.
//!
//! The definition language is layout-sensitive and free prose hangs under a few keywords
//! (`definition`, `description`, `remark`, `preamble`); as an outline, prose is one subtree to skip.

/// One line and what is indented below it.
#[derive(Debug)]
pub struct Line<'a> {
    pub text: &'a str,
    pub children: Vec<Line<'a>>,
}

const PROSE: [&str; 4] = ["definition", "description", "remark", "preamble"];

/// Parses a file into its outermost lines; prose subtrees are left out.
pub fn parse(text: &str) -> Vec<Line<'_>> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| (l.len() - l.trim_start().len(), l.trim()))
        .collect();
    let mut at = 0;
    level(&lines, &mut at, 0)
}

fn level<'a>(lines: &[(usize, &'a str)], at: &mut usize, indent_min: usize) -> Vec<Line<'a>> {
    let mut out = Vec::new();
    while let Some(&(indent, text)) = lines.get(*at) {
        if indent < indent_min {
            break;
        }
        *at += 1;
        if PROSE.contains(&text) {
            while lines.get(*at).is_some_and(|&(deeper, _)| deeper > indent) {
                *at += 1;
            }
            continue;
        }
        out.push(Line {
            text,
            children: level(lines, at, indent + 1),
        });
    }
    out
}
