//! What declarations say, as far as it bears on what is seen: each property that can hide, and whether its value does.

use cssparser::{Parser, Token};

use super::{
    FONT, LEAST_ALPHA, WIDTH,
    colours::{Paint, backdrop, is_picture, paint},
    values::{Piece, number, pixels, value_tokens},
};

/// Farther than this outside of its place, in CSS pixels, nobody sees a text.
const FAR: f32 = -500.0;

/// What a declaration is about, as far as it hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Display,
    Visibility,
    Opacity,
    Font,
    Colour,
    Fill,
    Background,
    Picture,
    Indent,
    Left,
    Right,
    Top,
    Bottom,
    MarginLeft,
    MarginTop,
    Transform,
    Height,
    MaxHeight,
    Width,
    MaxWidth,
    Overflow,
    MsoHide,
    Clip,
    ClipPath,
    Filter,
    Content,
}

pub(super) const PROPERTIES: usize = Property::Content as usize + 1;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// It hides, or does its part in hiding.
    Hides,
    Shows,
    /// The size of letters: in pixels, or times that of the parent.
    Pixels(f32),
    Times(f32),
    Paint(Paint),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Declaration {
    pub property: Property,
    pub value: Value,
    pub important: bool,
}

/// Reads declarations up to where the parser ends, and keeps those that bear on what is seen.
pub(super) fn declarations(parser: &mut Parser<'_>, declared: &mut Vec<Declaration>) {
    loop {
        let name = match parser.next().cloned() {
            Err(_) => return,
            Ok(Token::Ident(name)) => name.to_ascii_lowercase(),
            Ok(Token::Semicolon) => continue,
            Ok(_) => {
                skip_to_semicolon(parser);
                continue;
            }
        };
        if !matches!(parser.next(), Ok(Token::Colon)) {
            skip_to_semicolon(parser);
            continue;
        }
        let (tokens, important) = value_tokens(parser);
        declare(&name, &tokens, important, declared);
    }
}

fn skip_to_semicolon(parser: &mut Parser<'_>) {
    while let Ok(token) = parser.next() {
        if matches!(token, Token::Semicolon | Token::CurlyBracketBlock) {
            return;
        }
    }
}

fn declare(name: &str, pieces: &[Piece], important: bool, declared: &mut Vec<Declaration>) {
    let mut say = |property, value| declared.push(Declaration { property, value, important });
    let first = pieces.first();
    let word = match first {
        Some(Piece::Word(word)) => word.as_str(),
        _ => "",
    };
    let hides = |is: bool| if is { Value::Hides } else { Value::Shows };
    let is_zero = |piece: Option<&Piece>| piece.and_then(pixels).is_some_and(|size| size <= 0.0);
    let is_far = |piece: Option<&Piece>| piece.and_then(pixels).is_some_and(|size| size <= FAR);
    match name {
        "display" => say(Property::Display, hides(word == "none")),
        "visibility" => say(Property::Visibility, hides(matches!(word, "hidden" | "collapse"))),
        "content-visibility" => say(Property::Content, hides(word == "hidden")),
        "zoom" => say(Property::Content, hides(is_zero(first))),
        "opacity" | "-moz-opacity" | "-webkit-opacity" | "-khtml-opacity" => {
            say(Property::Opacity, hides(first.and_then(number).is_some_and(|number| number < LEAST_ALPHA)));
        }
        "font-size" => {
            if let Some(size) = font_size(first) {
                say(Property::Font, size);
            }
        }
        "font" => {
            let size = pieces.iter().find(|piece| match piece {
                // A number without a unit is a weight, but for nothing.
                Piece::Number(value, unit) => !unit.is_empty() || *value == 0.0,
                Piece::Word(word) => is_size_word(word),
                _ => false,
            });
            if let Some(size) = font_size(size) {
                say(Property::Font, size);
            }
        }
        "color" => say(Property::Colour, Value::Paint(paint(pieces))),
        "-webkit-text-fill-color" => say(Property::Fill, Value::Paint(paint(pieces))),
        "background-color" => say(Property::Background, Value::Paint(backdrop(pieces))),
        "background" => {
            let has_picture = pieces.iter().any(is_picture);
            say(Property::Picture, if has_picture { Value::Paint(Paint::Unknown) } else { Value::Shows });
            say(Property::Background, Value::Paint(backdrop(pieces)));
        }
        "background-image" => {
            let has_picture = pieces.iter().any(is_picture);
            say(Property::Picture, if has_picture { Value::Paint(Paint::Unknown) } else { Value::Shows });
        }
        "text-indent" => {
            say(Property::Indent, hides(is_far(first) || first.and_then(pixels).is_some_and(|size| size >= -FAR * 4.0)))
        }
        "left" | "inset-inline-start" => say(Property::Left, hides(is_beyond(first))),
        "right" | "inset-inline-end" => say(Property::Right, hides(is_far(first))),
        "top" => say(Property::Top, hides(is_far(first))),
        "bottom" => say(Property::Bottom, hides(is_far(first))),
        "inset" => say(Property::Top, hides(pieces.iter().any(|piece| is_far(Some(piece))))),
        "margin-left" => say(Property::MarginLeft, hides(is_far(first))),
        "margin-top" => say(Property::MarginTop, hides(is_far(first))),
        "margin" => {
            let side = |at: usize| pieces.get(at).or_else(|| pieces.get(at % 2)).or(first);
            say(Property::MarginTop, hides(is_far(first)));
            say(Property::MarginLeft, hides(is_far(side(3))));
        }
        "transform" | "-webkit-transform" | "-ms-transform" | "translate" | "scale" => {
            let is_moved = |piece: &Piece| match piece {
                Piece::Function(name, inner) if name.starts_with("scale") => {
                    inner.iter().any(|piece| number(piece).is_some_and(|number| number.abs() < 0.05))
                }
                // A share is one of the element itself, and moves it no farther than that.
                Piece::Function(name, inner) if name.starts_with("translate") => {
                    inner.iter().any(|piece| match piece {
                        Piece::Number(share, unit) if unit == "%" => share.abs() >= 2.0,
                        piece => is_beyond(Some(piece)) || is_far(Some(piece)),
                    })
                }
                piece if name == "scale" => number(piece).is_some_and(|number| number.abs() < 0.05),
                piece => name == "translate" && (is_far(Some(piece)) || is_beyond(Some(piece))),
            };
            say(Property::Transform, hides(pieces.iter().any(is_moved)));
        }
        "height" => say(Property::Height, hides(first.and_then(pixels).is_some_and(|size| size <= 1.0))),
        "max-height" => say(Property::MaxHeight, hides(first.and_then(pixels).is_some_and(|size| size <= 1.0))),
        "width" => say(Property::Width, hides(first.and_then(pixels).is_some_and(|size| size <= 1.0))),
        "max-width" => say(Property::MaxWidth, hides(first.and_then(pixels).is_some_and(|size| size <= 1.0))),
        "overflow" | "overflow-x" | "overflow-y" => {
            say(
                Property::Overflow,
                hides(
                    pieces
                        .iter()
                        .any(|piece| matches!(piece, Piece::Word(word) if matches!(word.as_str(), "hidden" | "clip"))),
                ),
            );
        }
        "mso-hide" => say(Property::MsoHide, hides(word == "all")),
        "clip" => say(Property::Clip, hides(is_empty_clip(first))),
        "clip-path" | "-webkit-clip-path" => say(Property::ClipPath, hides(is_empty_path(first))),
        "filter" | "-webkit-filter" => {
            let is_nothing = |piece: &Piece| match piece {
                Piece::Function(name, inner) => {
                    name == "opacity" && inner.first().and_then(number).is_some_and(|number| number < LEAST_ALPHA)
                }
                _ => false,
            };
            say(Property::Filter, hides(pieces.iter().any(is_nothing)));
        }
        _ => {}
    }
}

/// Farther to the left than anybody scrolls, or to the right.
fn is_beyond(piece: Option<&Piece>) -> bool {
    piece.and_then(pixels).is_some_and(|size| size <= FAR || size >= 4_000.0)
}

fn is_size_word(word: &str) -> bool {
    matches!(
        word,
        "xx-small"
            | "x-small"
            | "small"
            | "medium"
            | "large"
            | "x-large"
            | "xx-large"
            | "xxx-large"
            | "smaller"
            | "larger"
    )
}

fn font_size(piece: Option<&Piece>) -> Option<Value> {
    match piece? {
        Piece::Number(value, unit) => match unit.as_str() {
            "em" | "%" => Some(Value::Times(*value)),
            "ex" | "ch" => Some(Value::Times(*value / 2.0)),
            // "font-size: 12" says nothing in browsers, but old ones take it for pixels.
            _ => pixels(&Piece::Number(*value, unit.clone())).map(Value::Pixels),
        },
        Piece::Word(word) if is_size_word(word) || matches!(word.as_str(), "initial" | "revert") => {
            Some(Value::Pixels(FONT))
        }
        piece => pixels(piece).map(Value::Pixels),
    }
}

/// `rect(0, 0, 0, 0)` and its like.
fn is_empty_clip(piece: Option<&Piece>) -> bool {
    let Some(Piece::Function(name, inner)) = piece else { return false };
    let sides: Vec<f32> = inner.iter().filter_map(pixels).collect();
    match (name.as_str(), &sides[..]) {
        ("rect", [top, right, bottom, left]) => bottom - top <= 1.0 || right - left <= 1.0,
        _ => false,
    }
}

/// A shape that leaves nothing.
fn is_empty_path(piece: Option<&Piece>) -> bool {
    let Some(Piece::Function(name, inner)) = piece else { return false };
    let sides: Vec<f32> = inner.iter().filter_map(pixels).collect();
    let first = sides.first().copied();
    match name.as_str() {
        "inset" => {
            let side =
                |at: usize| sides.get(at).or_else(|| sides.get(at % 2)).or(sides.first()).copied().unwrap_or(0.0);
            side(0) + side(2) >= WIDTH || side(1) + side(3) >= WIDTH
        }
        "circle" | "ellipse" => first.is_some_and(|radius| radius <= 1.0),
        "polygon" | "rect" | "xywh" => !sides.is_empty() && sides.iter().all(|side| side.abs() <= 1.0),
        _ => false,
    }
}
