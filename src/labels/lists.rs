//! Word lists kept as data files: sections in brackets, words parted by white space, comments after `#`.

use std::collections::HashSet;

/// The words of one section of a list file.
pub(super) fn section(file: &'static str, name: &str) -> HashSet<&'static str> {
    let mut inside = false;
    let mut words = HashSet::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = title == name;
        } else if inside {
            words.extend(line.split_whitespace());
        }
    }
    words
}

/// The lines of one section, each a phrase.
pub(super) fn lines(file: &'static str, name: &str) -> Vec<&'static str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = title == name;
        } else if inside {
            found.push(line.trim());
        }
    }
    found
}
