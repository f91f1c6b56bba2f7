//! Colours: what is named, mixed or left open, and which cannot be told apart.

use cssparser::color;

use super::{
    LEAST_ALPHA,
    values::{Piece, number},
};

/// A colour, or what stands for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Rgb(u8, u8, u8),
    Transparent,
    /// That of the parent.
    Inherited,
    /// A picture, a variable, a colour that nobody here knows.
    Unknown,
}

/// Colours that differ by less than this in each channel (0 to 255) look the same.
pub(super) const SAME_COLOUR: u8 = 11;

pub(super) fn is_same(one: Paint, other: Paint) -> bool {
    let (Paint::Rgb(r, g, b), Paint::Rgb(s, h, c)) = (one, other) else { return false };
    r.abs_diff(s) < SAME_COLOUR && g.abs_diff(h) < SAME_COLOUR && b.abs_diff(c) < SAME_COLOUR
}

/// The colour in an attribute, with or without its mark.
pub(super) fn colour_of(value: &str) -> Paint {
    let value = value.trim();
    if let Ok((r, g, b)) = color::parse_named_color(&value.to_ascii_lowercase()) {
        return Paint::Rgb(r, g, b);
    }
    hash(value.trim_start_matches('#'))
}

pub(super) fn paint(pieces: &[Piece]) -> Paint {
    pieces.first().map_or(Paint::Unknown, paint_of)
}

/// The colour of a background; transparent where none is named.
pub(super) fn backdrop(pieces: &[Piece]) -> Paint {
    let mut found = Paint::Transparent;
    for piece in pieces {
        match piece {
            Piece::Word(word) => {
                if let Ok((r, g, b)) = color::parse_named_color(word) {
                    found = Paint::Rgb(r, g, b);
                } else if matches!(word.as_str(), "currentcolor" | "window" | "canvas" | "buttonface") {
                    found = Paint::Unknown;
                }
            }
            Piece::Hash(_) => found = paint_of(piece),
            // What shines through a colour is mixed with it.
            Piece::Function(_, inner) if !is_picture(piece) => {
                let alpha = inner.get(3).and_then(number).unwrap_or(1.0);
                let paint = paint_of(piece);
                found = if (LEAST_ALPHA..1.0).contains(&alpha) { Paint::Unknown } else { paint };
            }
            _ => {}
        }
    }
    found
}

pub(super) fn is_picture(piece: &Piece) -> bool {
    matches!(piece, Piece::Function(name, _) if !matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla" | "hwb" | "calc"))
}

fn hash(digits: &str) -> Paint {
    match color::parse_hash_color(digits.as_bytes()) {
        Ok((.., alpha)) if alpha < LEAST_ALPHA => Paint::Transparent,
        Ok((r, g, b, _)) => Paint::Rgb(r, g, b),
        Err(()) => Paint::Unknown,
    }
}

fn paint_of(piece: &Piece) -> Paint {
    match piece {
        Piece::Word(word) => match word.as_str() {
            "transparent" => Paint::Transparent,
            "inherit" | "unset" | "currentcolor" => Paint::Inherited,
            "initial" => Paint::Rgb(0, 0, 0),
            word => color::parse_named_color(word).map_or(Paint::Unknown, |(r, g, b)| Paint::Rgb(r, g, b)),
        },
        Piece::Hash(digits) => hash(digits),
        Piece::Function(name, inner) => {
            let numbers: Vec<&Piece> = inner.iter().filter(|piece| matches!(piece, Piece::Number(..))).collect();
            let [one, two, three, rest @ ..] = &numbers[..] else { return Paint::Unknown };
            if rest.first().and_then(|alpha| number(alpha)).is_some_and(|alpha| alpha < LEAST_ALPHA) {
                return Paint::Transparent;
            }
            let value = |piece: &Piece| match piece {
                Piece::Number(value, unit) => (*value, unit == "%"),
                _ => (0.0, false),
            };
            match name.as_str() {
                "rgb" | "rgba" => {
                    let channel = |piece: &Piece| {
                        let (value, is_share) = value(piece);
                        channel(if is_share { value } else { value / 255.0 })
                    };
                    Paint::Rgb(channel(one), channel(two), channel(three))
                }
                "hsl" | "hsla" => {
                    let share = |piece: &Piece| {
                        let (value, is_share) = value(piece);
                        if is_share { value } else { value / 100.0 }
                    };
                    from_hue(value(one).0, share(two), share(three))
                }
                _ => Paint::Unknown,
            }
        }
        _ => Paint::Unknown,
    }
}

/// A share from 0 to 1 as a channel.
fn channel(share: f32) -> u8 {
    color::clamp_unit_f32(share)
}

fn from_hue(hue: f32, saturation: f32, lightness: f32) -> Paint {
    let (saturation, lightness) = (saturation.clamp(0.0, 1.0), lightness.clamp(0.0, 1.0));
    let reach = saturation * lightness.min(1.0 - lightness);
    let of = |n: f32| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        channel(lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))
    };
    Paint::Rgb(of(0.0), of(8.0), of(4.0))
}
