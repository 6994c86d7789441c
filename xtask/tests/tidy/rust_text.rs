//! Rust source as plain text that rules can search: without comments, without what literals say,
//! without test code, and with grouped imports written out.
//!
//! Not a parser: it knows only where comments, literals and braces begin and end (Rust Reference,
//! "Lexical structure"), which is enough to keep every line number.

/// The source with comments and the contents of literals blanked; lines stay where they are.
pub(crate) fn code_only(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let rest = &characters[at..];
        let length = match character {
            '/' if rest.starts_with(&['/', '/']) => line_length(rest),
            '/' if rest.starts_with(&['/', '*']) => block_comment_length(rest),
            '"' => string_length(rest),
            'r' | 'b' | 'c' if !follows_a_word(&characters, at) => prefixed_literal_length(rest),
            '\'' => character_length(rest),
            _ => 0,
        };
        if length == 0 {
            code.push(character);
            at += 1;
        } else {
            for blanked in &rest[..length.min(rest.len())] {
                code.push(if *blanked == '\n' { '\n' } else { ' ' });
            }
            at += length;
        }
    }
    code
}

fn follows_a_word(characters: &[char], at: usize) -> bool {
    at > 0 && is_word(characters[at - 1])
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn line_length(rest: &[char]) -> usize {
    rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

fn block_comment_length(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// A string with escapes, from its opening quote.
fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `b'…'`, `c"…"`; zero when it is only a word.
fn prefixed_literal_length(rest: &[char]) -> usize {
    let prefix = rest
        .iter()
        .take_while(|c| matches!(c, 'r' | 'b' | 'c'))
        .count();
    let hashes = rest[prefix..].iter().take_while(|c| **c == '#').count();
    let is_raw = rest[..prefix].contains(&'r');
    match rest.get(prefix + hashes) {
        Some('"') if is_raw => {
            let body = prefix + hashes + 1;
            let close: Vec<char> = std::iter::once('"')
                .chain(std::iter::repeat_n('#', hashes))
                .collect();
            (body..rest.len())
                .find(|at| rest[*at..].starts_with(&close))
                .map_or(rest.len(), |at| at + close.len())
        }
        Some('"') if hashes == 0 => prefix + string_length(&rest[prefix..]),
        Some('\'') if prefix == 1 && hashes == 0 && rest[0] == 'b' => {
            prefix + character_length(&rest[prefix..])
        }
        _ => 0,
    }
}

/// A character literal, from its opening quote; zero when it is a lifetime.
fn character_length(rest: &[char]) -> usize {
    match (rest.get(1), rest.get(2)) {
        (Some('\\'), Some(_)) => rest
            .iter()
            .skip(3)
            .position(|c| *c == '\'')
            .map_or(rest.len(), |at| at + 4),
        (Some(_), Some('\'')) => 3,
        _ => 0,
    }
}

/// [`code_only`], with every item under `#[cfg(test)]` blanked too.
pub(crate) fn without_tests(source: &str) -> String {
    let mut code = code_only(source);
    while let Some(start) = code.find("#[cfg(test)]") {
        let end = item_end(&code, start);
        let blank: String = code[start..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// Where the item after an attribute ends: at its `;`, or at the brace that closes it.
fn item_end(code: &str, start: usize) -> usize {
    let (mut braces, mut others) = (0_i32, 0_i32);
    for (at, character) in code.char_indices().filter(|(at, _)| *at >= start) {
        match character {
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces <= 0 && others == 0 {
                    return at + 1;
                }
            }
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            ';' if braces == 0 && others == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// Every path that the code imports, with groups written out, and the line of its `use`.
pub(crate) fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        if code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let line = code[..at].lines().count().max(1);
        let line = if code[..at].ends_with('\n') {
            line + 1
        } else {
            line
        };
        let body = code[at + 4..].split(';').next().unwrap_or_default();
        write_out("", body, &mut |path| found.push((line, path)));
    }
    found
}

fn write_out(prefix: &str, tree: &str, found: &mut impl FnMut(String)) {
    let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(open) = tree.find('{') else {
        found(format!("{prefix}{}", tree.trim_start_matches("::")));
        return;
    };
    let prefix = format!("{prefix}{}", tree[..open].trim().trim_start_matches("::"));
    let close = tree.rfind('}').unwrap_or(tree.len());
    let mut depth = 0;
    let parts = tree[open + 1..close].split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        write_out(&prefix, part, found);
    }
}

/// The lines on which `words` stands, not as a part of longer words.
pub(crate) fn lines_with(code: &str, words: &str) -> Vec<usize> {
    code.lines()
        .enumerate()
        .filter(|(_, line)| has_words(line, words))
        .map(|(index, _)| index + 1)
        .collect()
}

/// Whether `words` stands in the text, not as a part of longer words.
pub(crate) fn has_words(text: &str, words: &str) -> bool {
    let starts_with_word = words.starts_with(is_word);
    let ends_with_word = words.ends_with(is_word);
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let after = text[at + words.len()..].chars().next().is_some_and(is_word);
        !(starts_with_word && before || ends_with_word && after)
    })
}

mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_kept() {
        for (source, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ \n d */ e", "a              \n      e"),
            (r#"a("x\"y", z)"#, "a(      , z)"),
            (r##"r#"a"b"# c"##, "         c"),
            ("br\"x\" for b'x' car", "      for      car"),
            ("'a' '\\'' '\\u{1}' <'a, 'b>", "                 <'a, 'b>"),
            ("xr\"y\"", "xr   "),
            ("\"// no comment\" + a", "                + a"),
        ] {
            assert_eq!(
                code_only(source).trim_end(),
                expected.trim_end(),
                "{source}"
            );
            assert_eq!(code_only(source).lines().count(), source.lines().count());
        }
    }

    #[test]
    fn test_items_are_blanked_whole_and_nothing_after_them() {
        let source = "a();\n#[cfg(test)]\nmod tests {\n fn f() { [1; 2]; \"}\" }\n}\nb();\n#[cfg(test)]\nuse x;\nc();\n#[cfg(test)]\nmod more;\nd();";
        let code = without_tests(source);
        assert_eq!(
            code.split_whitespace().collect::<String>(),
            "a();b();c();d();"
        );
        assert_eq!(lines_with(&code, "d"), [12]);
    }

    #[test]
    fn imports_are_written_out() {
        let code = "use std::{fs, io::{self, Read}, time::Duration};\n\nuse a::B;\nreuse x;";
        let paths: Vec<(usize, String)> = imports(code);
        assert_eq!(
            paths,
            [
                (1, "std::fs"),
                (1, "std::io::self"),
                (1, "std::io::Read"),
                (1, "std::time::Duration"),
                (3, "a::B")
            ]
            .map(|(line, path)| (line, path.to_owned()))
        );
    }

    #[test]
    fn words_are_whole() {
        assert!(has_words("a HashMap<b>", "HashMap"));
        assert!(!has_words("MyHashMapper", "HashMap"));
        assert!(has_words("x.unwrap()", ".unwrap()"));
        assert!(!has_words("std::fsx", "std::fs"));
        assert!(has_words("std::fs::read", "std::fs"));
    }
}
