//! Which sheets and rules are for the window that mail is read in: media queries.

use std::borrow::Cow;

use super::WIDTH;

/// Whether a media query is so for a window of [`WIDTH`] pixels on a light screen.
pub(super) fn applies(query: &str) -> bool {
    let query = without_comments(query).to_ascii_lowercase();
    query.split(',').any(|one| {
        let one = one.trim();
        let (one, negated) = one.strip_prefix("not ").map_or((one, false), |rest| (rest, true));
        let one = one.strip_prefix("only ").unwrap_or(one);
        let holds = one.split(" and ").all(|part| {
            part.trim().split(" or ").any(|part| match part.trim() {
                "" | "all" | "screen" => true,
                part => part.strip_prefix('(').is_some_and(|rest| is_feature(rest.trim_end_matches(')'))),
            })
        });
        holds != negated
    })
}

fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("/*") {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = behind.split_once("*/").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// One feature, without its brackets.
fn is_feature(feature: &str) -> bool {
    let length = |text: &str| {
        let text = text.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
        let factor = match &text[digits.len()..] {
            "em" | "rem" => 16.0,
            "pt" => 4.0 / 3.0,
            _ => 1.0,
        };
        digits.trim().parse::<f32>().ok().map(|number| number * factor)
    };
    if let Some((name, value)) = feature.split_once(':') {
        let value = value.trim();
        return match name.trim() {
            "min-width" | "min-device-width" => length(value).is_some_and(|least| least <= WIDTH),
            "max-width" | "max-device-width" => length(value).is_some_and(|most| most >= WIDTH),
            "min-height" | "min-device-height" => length(value).is_some_and(|least| least <= 768.0),
            "max-height" | "max-device-height" => length(value).is_some_and(|most| most >= 768.0),
            "-webkit-min-device-pixel-ratio" | "min-device-pixel-ratio" | "min-resolution" => {
                length(value.trim_end_matches("dppx").trim_end_matches('x')).is_some_and(|least| least <= 1.0)
            }
            "prefers-color-scheme" => value == "light",
            "orientation" => value == "landscape",
            "hover" | "any-hover" => value == "hover",
            "pointer" | "any-pointer" => value == "fine",
            "prefers-reduced-motion" | "prefers-contrast" => value == "no-preference",
            "min-color" | "color-gamut" | "display-mode" | "update" => true,
            _ => false,
        };
    }
    let wide = |text: &str| text.trim() == "width";
    if let Some((one, other)) = feature.split_once(['>', '<']) {
        let other = other.trim_start_matches('=');
        let less = feature.contains('<');
        return match (wide(one), wide(other)) {
            (true, _) => length(other).is_some_and(|value| if less { WIDTH <= value } else { WIDTH >= value }),
            (_, true) => length(one).is_some_and(|value| if less { value <= WIDTH } else { value >= WIDTH }),
            _ => false,
        };
    }
    matches!(feature.trim(), "color" | "width" | "height" | "hover" | "pointer" | "min-width" | "resolution")
}
