//! One style sheet out of one that imports others, so that a page needs one request for it.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// The text of `file`, without comments and indentation, and with every `@import` replaced by what it imports.
///
/// An import is a line of its own, `@import "other.css";` or `@import "other.css" layer(name);`, relative to the file.
///
/// # Errors
/// A file that cannot be read, or an import of another form.
pub fn bundle(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut bundled = String::with_capacity(text.len());
    for line in without_comments(&text).lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("@import") {
            None => bundled.push_str(line),
            Some(import) => {
                let Some((name, layer)) = parse_import(import) else {
                    bail!("{}: not an import that can be bundled: {line}", file.display());
                };
                let imported = bundle(&file.with_file_name(name))?;
                bundled.push_str(&match layer {
                    None => imported,
                    Some(layer) => format!("@layer {layer} {{\n{imported}}}"),
                });
            }
        }
        bundled.push('\n');
    }
    Ok(bundled)
}

/// ` "name" layer(layer);` → the two names.
fn parse_import(import: &str) -> Option<(&str, Option<&str>)> {
    let import = import.trim().strip_suffix(';')?.trim_end();
    let (name, rest) = import.strip_prefix('"')?.split_once('"')?;
    let layer = match rest.trim() {
        "" => None,
        rest => Some(rest.strip_prefix("layer(")?.strip_suffix(')')?),
    };
    Some((name, layer))
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let end = if from.starts_with("/*") {
            from.find("*/").map_or(from.len(), |end| end + 2)
        } else if from.starts_with('/') {
            kept.push('/');
            1
        } else {
            let end = string_end(from);
            kept.push_str(&from[..end]);
            end
        };
        rest = &from[end..];
    }
    kept.push_str(rest);
    kept
}

/// The length of the string literal that `text` begins with, both quotes included.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != bytes[0] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_stay() {
        let text = r#"a{content:"/* \" no */"}/* yes " */b{background:url('/x/*y*/')}c{width:calc(1px/2)}/* open"#;
        let expected = r#"a{content:"/* \" no */"}b{background:url('/x/*y*/')}c{width:calc(1px/2)}"#;
        assert_eq!(without_comments(text), expected);
    }

    #[test]
    fn imports_are_replaced_where_they_stand() {
        let dir = std::env::temp_dir().join(format!("replybook-css-{}", std::process::id()));
        fs::create_dir_all(dir.join("parts")).unwrap();
        fs::write(dir.join("main.css"), "@layer base, page;\n@import \"parts/a.css\" layer(base);\n  z { x: 1 }\n")
            .unwrap();
        fs::write(dir.join("parts/a.css"), "/* a */\n@import \"b.css\";\na { x: 2 }\n").unwrap();
        fs::write(dir.join("parts/b.css"), "b { x: 3 }").unwrap();
        let bundled = bundle(&dir.join("main.css"));
        fs::write(dir.join("main.css"), "@import url(https://example.com/x.css) print;\n").unwrap();
        let refused = bundle(&dir.join("main.css"));
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(bundled.unwrap(), "@layer base, page;\n@layer base {\nb { x: 3 }\n\na { x: 2 }\n}\nz { x: 1 }\n");
        assert!(refused.unwrap_err().to_string().contains("not an import that can be bundled"));
    }
}
