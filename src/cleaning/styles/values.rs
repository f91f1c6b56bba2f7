//! The values of declarations, in pieces: words, numbers with their units, functions. Lengths become pixels here.

use cssparser::{ParseError, Parser, Token};

use super::{MOST_NESTED, WIDTH};

/// A piece of a value.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Word(String),
    /// A number and its unit: empty, `%` (the number is a hundredth of it then) or as written.
    Number(f32, String),
    Hash(String),
    /// A function and the numbers and words in it.
    Function(String, Vec<Piece>),
    Slash,
    Other,
}

/// A value up to its semicolon, and whether `!important` stands behind it.
pub(super) fn value_tokens(parser: &mut Parser<'_>) -> (Vec<Piece>, bool) {
    let (mut pieces, mut important, mut bang) = (Vec::new(), false, false);
    while let Ok(token) = parser.next().cloned() {
        match token {
            Token::Semicolon => break,
            Token::Delim('!') => bang = true,
            Token::Ident(word) if bang => important |= word.eq_ignore_ascii_case("important"),
            token => pieces.push(piece(parser, token, 0)),
        }
    }
    (pieces, important)
}

fn piece(parser: &mut Parser<'_>, token: Token<'_>, nested: u8) -> Piece {
    match token {
        Token::Ident(word) => Piece::Word(word.to_ascii_lowercase()),
        Token::Number { value, .. } => Piece::Number(value, String::new()),
        Token::Percentage { unit_value, .. } => Piece::Number(unit_value, "%".to_owned()),
        Token::Dimension { value, unit, .. } => Piece::Number(value, unit.to_ascii_lowercase()),
        Token::Hash(hash) | Token::IDHash(hash) => Piece::Hash(hash.to_string()),
        Token::UnquotedUrl(_) => Piece::Function("url".to_owned(), Vec::new()),
        Token::Delim('/') => Piece::Slash,
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            if nested >= MOST_NESTED {
                return Piece::Function(name, Vec::new());
            }
            let inner = parser.parse_nested_block(|parser| {
                let mut inner = Vec::new();
                while let Ok(token) = parser.next().cloned() {
                    if !matches!(token, Token::Comma) {
                        inner.push(piece(parser, token, nested + 1));
                    }
                }
                Ok::<_, ParseError<()>>(inner)
            });
            Piece::Function(name, inner.unwrap_or_default())
        }
        _ => Piece::Other,
    }
}

/// A number without a unit or a percentage, as it is.
pub(super) fn number(piece: &Piece) -> Option<f32> {
    match piece {
        Piece::Number(value, unit) if unit.is_empty() || unit == "%" => Some(*value),
        _ => None,
    }
}

/// A length in pixels. What is a share of something that is not known here is one of [`WIDTH`].
pub(super) fn pixels(piece: &Piece) -> Option<f32> {
    let (value, unit) = match piece {
        Piece::Number(value, unit) => (*value, unit.as_str()),
        Piece::Function(name, inner) if matches!(name.as_str(), "calc" | "min" | "max" | "clamp") => {
            // Only what is nothing whatever is done with it.
            let all: Option<Vec<f32>> =
                inner.iter().filter(|piece| !matches!(piece, Piece::Other | Piece::Slash)).map(pixels).collect();
            return all.filter(|all| !all.is_empty() && all.iter().all(|size| *size == 0.0)).map(|_| 0.0);
        }
        _ => return None,
    };
    Some(match unit {
        "" | "px" => value,
        "pt" => value * 4.0 / 3.0,
        "pc" | "em" | "rem" | "ic" => value * 16.0,
        "ex" | "ch" => value * 8.0,
        "cm" => value * 37.8,
        "mm" | "q" => value * 3.78,
        "in" => value * 96.0,
        "%" | "vw" | "svw" | "lvw" | "dvw" => value * if unit == "%" { WIDTH } else { WIDTH / 100.0 },
        "vh" | "svh" | "lvh" | "dvh" | "vmin" | "vmax" => value * 7.68,
        _ => return None,
    })
}
