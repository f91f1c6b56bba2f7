//! Selectors: reading them, and whether an element fits one of their compounds.

use cssparser::{ParseError, Parser, Token};

use super::{Element, MOST_NESTED};

#[derive(Debug, Default, Clone)]
pub(super) struct Selector {
    /// The compound that an element itself must fit, and before it what stands to the left, each with how it is joined.
    pub parts: Vec<(Joined, Compound)>,
    pub weight: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    #[default]
    Within,
    Child,
    Next,
    After,
}

/// The name of an attribute, and how its value is to be like another one.
type AttributeTest = (Box<str>, Option<(char, Box<str>)>);

#[derive(Debug, Default, Clone)]
pub(super) struct Compound {
    tag: Option<Box<str>>,
    id: Option<Box<str>>,
    classes: Vec<Box<str>>,
    attributes: Vec<AttributeTest>,
    /// `An+B` of its place among its siblings.
    places: Vec<(i32, i32)>,
    not: Vec<Compound>,
    any: Vec<Vec<Compound>>,
    is_root: bool,
    /// It says something that is never so in a mail that nobody touches, or that is not known here.
    pub never: bool,
}

impl Compound {
    /// What an element must have, the most telling first.
    pub fn key(&self) -> Option<Box<str>> {
        let lower = |mark: &str, name: &str| Box::from(format!("{mark}{}", name.to_ascii_lowercase()));
        self.id
            .as_deref()
            .map(|id| lower("#", id))
            .or_else(|| self.classes.first().map(|class| lower(".", class)))
            .or_else(|| self.tag.as_deref().map(|tag| lower("", tag)))
    }

    pub fn fits(&self, element: &Element<'_>) -> bool {
        let value = |name: &str| element.attributes.value(name);
        let has_class = |class: &str| {
            value("class").is_some_and(|all| all.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case(class)))
        };
        !self.never
            && self.tag.as_deref().is_none_or(|tag| element.name.eq_ignore_ascii_case(tag))
            && self.id.as_deref().is_none_or(|id| value("id").is_some_and(|own| own.trim().eq_ignore_ascii_case(id)))
            && (!self.is_root || element.name.eq_ignore_ascii_case("html"))
            && self.classes.iter().all(|class| has_class(class))
            && self.places.iter().all(|&(step, first)| is_nth(element.place, step, first))
            && self.attributes.iter().all(|(name, test)| {
                value(name).is_some_and(|own| test.as_ref().is_none_or(|(how, wanted)| is_so(&own, *how, wanted)))
            })
            && !self.not.iter().any(|not| not.fits(element))
            && self.any.iter().all(|any| any.iter().any(|one| one.fits(element)))
    }

    fn weight(&self) -> u32 {
        let inner = |all: &[Compound]| all.iter().map(Self::weight).max().unwrap_or(0);
        let classes = self.classes.len() + self.attributes.len() + self.places.len() + usize::from(self.is_root);
        u32::from(self.id.is_some()) * 1_000_000
            + u32::try_from(classes).unwrap_or(0) * 1_000
            + u32::from(self.tag.is_some())
            + inner(&self.not)
            + self.any.iter().map(|any| inner(any)).sum::<u32>()
    }
}

/// `:nth-child(An+B)`.
fn is_nth(place: i32, step: i32, first: i32) -> bool {
    let over = place - first;
    if step == 0 { over == 0 } else { over % step == 0 && over / step >= 0 }
}

/// An attribute against a test: the same, a word of it, the beginning, the end, within, a tag of a language.
fn is_so(own: &str, how: char, wanted: &str) -> bool {
    match how {
        '=' => own.eq_ignore_ascii_case(wanted),
        '~' => own.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(wanted)),
        _ if wanted.is_empty() => false,
        '^' => own.to_ascii_lowercase().starts_with(&wanted.to_ascii_lowercase()),
        '$' => own.to_ascii_lowercase().ends_with(&wanted.to_ascii_lowercase()),
        '*' => own.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase()),
        _ => own.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case(wanted)),
    }
}

/// Reads selectors up to where the parser ends. What is not understood fits nothing.
pub(super) fn selectors(parser: &mut Parser<'_>, nested: u8) -> Vec<Selector> {
    let mut all = Vec::new();
    // From left to right; how the next compound is joined to them.
    let mut parts: Vec<(Joined, Compound)> = Vec::new();
    let mut compound: Option<Compound> = None;
    let mut joined = Joined::Within;
    let mut finish = |parts: &mut Vec<(Joined, Compound)>, compound: Option<Compound>, joined: Joined| {
        if let Some(compound) = compound {
            parts.push((joined, compound));
        }
        if !parts.is_empty() {
            let weight = parts.iter().map(|(_, compound)| compound.weight()).sum();
            // How a compound is joined stands beside the one to its right; it is asked from the right.
            let mut from_right = Vec::with_capacity(parts.len());
            let mut by = Joined::Within;
            for (joined, compound) in parts.drain(..).rev() {
                from_right.push((by, compound));
                by = joined;
            }
            all.push(Selector { parts: from_right, weight });
        }
    };
    while let Ok(token) = parser.next_including_whitespace().cloned() {
        let next = match token {
            Token::WhiteSpace(_) => {
                if let Some(compound) = compound.take() {
                    parts.push((joined, compound));
                    joined = Joined::Within;
                }
                continue;
            }
            Token::Delim(mark @ ('>' | '+' | '~')) => {
                if let Some(compound) = compound.take() {
                    parts.push((joined, compound));
                }
                joined = match mark {
                    '>' => Joined::Child,
                    '+' => Joined::Next,
                    _ => Joined::After,
                };
                continue;
            }
            Token::Comma => {
                finish(&mut parts, compound.take(), joined);
                joined = Joined::Within;
                continue;
            }
            other => other,
        };
        let own = compound.get_or_insert_default();
        match next {
            Token::Ident(name) => own.tag = Some(Box::from(&*name)),
            Token::Delim('*') => {}
            Token::IDHash(id) | Token::Hash(id) => own.id = Some(Box::from(&*id)),
            Token::Delim('.') => match parser.next_including_whitespace() {
                Ok(Token::Ident(class)) => own.classes.push(Box::from(&**class)),
                _ => own.never = true,
            },
            Token::Colon => match parser.next_including_whitespace().cloned() {
                Ok(Token::Ident(name)) => match &*name.to_ascii_lowercase() {
                    "first-child" => own.places.push((0, 1)),
                    "root" => own.is_root = true,
                    "link" | "any-link" => own.attributes.push((Box::from("href"), None)),
                    _ => own.never = true,
                },
                Ok(Token::Function(name)) => function(parser, &name.to_ascii_lowercase(), own, nested),
                _ => own.never = true,
            },
            Token::SquareBracketBlock => {
                let test = parser.parse_nested_block(|parser| Ok::<_, ParseError<()>>(attribute(parser)));
                match test.ok().flatten() {
                    Some(test) => own.attributes.push(test),
                    None => own.never = true,
                }
            }
            _ => own.never = true,
        }
    }
    finish(&mut parts, compound, joined);
    all
}

fn function(parser: &mut Parser<'_>, name: &str, own: &mut Compound, nested: u8) {
    match name {
        "not" | "is" | "where" | "matches" | "any" | "-webkit-any" if nested < MOST_NESTED => {
            let inner = parser.parse_nested_block(|parser| Ok::<_, ParseError<()>>(selectors(parser, nested + 1)));
            let inner = inner.unwrap_or_default();
            let is_plain = inner.iter().all(|selector| selector.parts.len() == 1);
            let compounds = inner.into_iter().flat_map(|selector| selector.parts).map(|(_, compound)| compound);
            match name {
                _ if !is_plain => own.never = true,
                "not" => own.not.extend(compounds),
                _ => own.any.push(compounds.collect()),
            }
        }
        "nth-child" => {
            let nth = parser.parse_nested_block(|parser| Ok::<_, ParseError<()>>(cssparser::parse_nth(parser)?));
            match nth {
                Ok(nth) => own.places.push(nth),
                Err(_) => own.never = true,
            }
        }
        "lang" => {}
        _ => own.never = true,
    }
}

fn attribute(parser: &mut Parser<'_>) -> Option<AttributeTest> {
    let Ok(Token::Ident(name)) = parser.next().cloned() else { return None };
    let name = Box::from(&*name);
    let how = match parser.next() {
        Err(_) => return Some((name, None)),
        Ok(Token::Delim('=')) => '=',
        Ok(Token::IncludeMatch) => '~',
        Ok(Token::DashMatch) => '|',
        Ok(Token::PrefixMatch) => '^',
        Ok(Token::SuffixMatch) => '$',
        Ok(Token::SubstringMatch) => '*',
        Ok(_) => return None,
    };
    let wanted = match parser.next() {
        Ok(Token::Ident(value) | Token::QuotedString(value)) => Box::from(&**value),
        _ => return None,
    };
    // A letter for how cases are compared may follow.
    while parser.next().is_ok() {}
    Some((name, Some((how, wanted))))
}
