//! Which text of an HTML mail nobody sees: what its style sheets and inline styles do to it.
//!
//! Not a browser's cascade, but all of it that can hide text: rules with their weights, what is inherited, and colours against what is
//! behind them, as a window of [`WIDTH`] pixels shows it. No layout: what is hidden by lying below something else is not seen here, nor is what
//! only the last of its kind among siblings hides.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
};

use cssparser::{Delimiter, ParseError, Parser, Token, color};

use super::tags::Attributes;

/// A window that mail is read in, in CSS pixels.
const WIDTH: f32 = 1024.0;
/// Smaller letters nobody reads, in CSS pixels.
const LEAST_FONT: f32 = 2.5;
/// The size of letters where nothing says otherwise.
const FONT: f32 = 16.0;
/// Farther than this outside of its place, in CSS pixels, nobody sees a text.
const FAR: f32 = -500.0;
/// Colours that differ by less than this in each channel (0 to 255) look the same.
const SAME_COLOUR: u8 = 11;
/// Below this nothing of a colour is seen, from 0 to 1.
const LEAST_ALPHA: f32 = 0.1;
/// At-rules within at-rules that are read.
const MOST_NESTED: u8 = 8;
/// Selectors that are compared with elements in one mail. Real mail takes some ten thousand. Beyond, whatever a rule that hides could be
/// about is hidden.
const MOST_LOOKS: usize = 2_000_000;
/// So many bytes of attributes are as much work as one more of them.
const LOOK_BYTES: usize = 128;

/// What a declaration is about, as far as it hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
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

const PROPERTIES: usize = Property::Content as usize + 1;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    /// It hides, or does its part in hiding.
    Hides,
    Shows,
    /// The size of letters: in pixels, or times that of the parent.
    Pixels(f32),
    Times(f32),
    Paint(Paint),
}

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

/// How strongly something was said: `!important`, in the element itself, the weight of the selector, the order.
type Weight = (bool, bool, u32, u32);

#[derive(Debug, Clone, Copy)]
struct Declaration {
    property: Property,
    value: Value,
    important: bool,
}

#[derive(Debug)]
struct Rule {
    /// From right to left.
    selector: Selector,
    declarations: std::rc::Rc<[Declaration]>,
    order: u32,
}

#[derive(Debug, Default, Clone)]
struct Selector {
    /// The compound that an element itself must fit, and before it what stands to the left, each with how it is joined.
    parts: Vec<(Joined, Compound)>,
    weight: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Joined {
    #[default]
    Within,
    Child,
    Next,
    After,
}

/// The name of an attribute, and how its value is to be like another one.
type AttributeTest = (Box<str>, Option<(char, Box<str>)>);

#[derive(Debug, Default, Clone)]
struct Compound {
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
    never: bool,
}

/// An element as selectors see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'h> {
    pub name: &'h str,
    pub attributes: Attributes<'h>,
    /// From 1: its place among its siblings.
    pub place: i32,
    /// Where the sibling before it is told.
    pub previous: Option<(&'h str, Attributes<'h>)>,
}

/// What is inherited: how the text of an element looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    font: f32,
    colour: Paint,
    behind: Paint,
    is_visible: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { font: FONT, colour: Paint::Rgb(0, 0, 0), behind: Paint::Rgb(255, 255, 255), is_visible: true }
    }
}

impl Look {
    /// Whether nobody sees text that looks so.
    pub fn hides(self) -> bool {
        !self.is_visible
            || self.font < LEAST_FONT
            || self.colour == Paint::Transparent
            || is_same(self.colour, self.behind)
    }
}

fn is_same(one: Paint, other: Paint) -> bool {
    let (Paint::Rgb(r, g, b), Paint::Rgb(s, h, c)) = (one, other) else { return false };
    r.abs_diff(s) < SAME_COLOUR && g.abs_diff(h) < SAME_COLOUR && b.abs_diff(c) < SAME_COLOUR
}

/// The style sheets of a mail.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rules: Vec<Rule>,
    /// By the id, class or name that an element must have: `#id`, `.class`, `name`.
    by_key: HashMap<Box<str>, Vec<u32>>,
    /// Those about any element.
    others: Vec<u32>,
    /// The keys of rules that hide.
    hiding: HashSet<Box<str>>,
    hides_any: bool,
    looks: Cell<usize>,
}

impl Sheet {
    /// Adds the text of a `style` element that is for `media`.
    pub fn add(&mut self, css: &str, media: Option<&str>) {
        if media.is_none_or(applies) {
            let mut parser = Parser::new(css);
            self.rules_of(&mut parser, 0);
        }
    }

    fn rules_of(&mut self, parser: &mut Parser<'_>, nested: u8) {
        loop {
            parser.skip_whitespace();
            let start = parser.state();
            match parser.next().cloned() {
                Err(_) => return,
                Ok(Token::CDO | Token::CDC | Token::Semicolon) => {}
                Ok(Token::AtKeyword(name)) => self.at_rule(parser, &name.to_ascii_lowercase(), nested),
                Ok(_) => {
                    parser.reset(&start);
                    self.rule(parser);
                }
            }
        }
    }

    fn at_rule(&mut self, parser: &mut Parser<'_>, name: &str, nested: u8) {
        let from = parser.position();
        loop {
            match parser.next().cloned() {
                Err(_) | Ok(Token::Semicolon) => return,
                Ok(Token::CurlyBracketBlock) => {
                    let prelude = parser.slice_from(from).trim_end_matches('{');
                    let is_read = match name {
                        "media" => applies(prelude),
                        "supports" | "container" => !prelude.trim_start().to_ascii_lowercase().starts_with("not"),
                        "layer" | "scope" | "starting-style" => true,
                        _ => false,
                    };
                    if is_read && nested < MOST_NESTED {
                        let _ = parser.parse_nested_block(|parser| {
                            self.rules_of(parser, nested + 1);
                            Ok::<_, ParseError<()>>(())
                        });
                    }
                    return;
                }
                Ok(_) => {}
            }
        }
    }

    fn rule(&mut self, parser: &mut Parser<'_>) {
        let selectors = parser
            .parse_until_before(Delimiter::CurlyBracketBlock, |parser| Ok::<_, ParseError<()>>(selectors(parser, 0)))
            .unwrap_or_default();
        if !matches!(parser.next(), Ok(Token::CurlyBracketBlock)) {
            return;
        }
        let mut declared = Vec::new();
        let _ = parser.parse_nested_block(|parser| {
            declarations(parser, &mut declared);
            Ok::<_, ParseError<()>>(())
        });
        if declared.is_empty() {
            return;
        }
        let hides = declared.iter().any(|declaration| match declaration.value {
            Value::Hides => true,
            Value::Pixels(size) => size < LEAST_FONT,
            Value::Times(times) => times * FONT < LEAST_FONT,
            Value::Paint(Paint::Transparent) => declaration.property != Property::Background,
            Value::Paint(Paint::Rgb(r, g, b)) => r.min(g).min(b) > u8::MAX - SAME_COLOUR,
            Value::Shows | Value::Paint(_) => false,
        });
        let declared: std::rc::Rc<[Declaration]> = declared.into();
        for selector in selectors {
            let Some((_, compound)) = selector.parts.first() else { continue };
            if compound.never {
                continue;
            }
            let key = compound.key();
            let number = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
            match &key {
                Some(key) => self.by_key.entry(key.clone()).or_default().push(number),
                None => self.others.push(number),
            }
            if hides {
                self.hides_any |= key.is_none();
                self.hiding.extend(key);
            }
            self.rules.push(Rule { selector, declarations: declared.clone(), order: number });
        }
    }

    /// How an element looks, and whether it hides all that is in it. `open` are the elements around it, the innermost last.
    pub fn look<'h>(
        &self,
        element: &Element<'h>,
        open: &dyn Fn(usize) -> Option<Element<'h>>,
        outside: Look,
    ) -> (Look, bool) {
        let mut said: [Option<(Weight, Value)>; PROPERTIES] = [None; PROPERTIES];
        let mut say = |declaration: &Declaration, inline: bool, weight: u32, order: u32| {
            let weight = (declaration.important, inline, weight, order);
            let place = &mut said[declaration.property as usize];
            if place.is_none_or(|(before, _)| before <= weight) {
                *place = Some((weight, declaration.value));
            }
        };
        attributes_say(element, &mut |declaration| say(declaration, false, 0, 0));
        let mut hidden = false;
        if !self.rules.is_empty() {
            let keys = keys_of(element);
            if self.looks.get() > MOST_LOOKS {
                hidden = self.hides_any || keys.iter().any(|key| self.hiding.contains(&**key));
            } else {
                let about = keys.iter().filter_map(|key| self.by_key.get(&**key)).flatten().chain(&self.others);
                for number in about {
                    let rule = &self.rules[*number as usize];
                    if self.fits(&rule.selector, element, open) {
                        for declaration in rule.declarations.iter() {
                            say(declaration, false, rule.selector.weight, rule.order + 1);
                        }
                    }
                    if self.looks.get() > MOST_LOOKS {
                        break;
                    }
                }
            }
        }
        if let Some(style) = element.attributes.value("style") {
            let mut declared = Vec::new();
            declarations(&mut Parser::new(&style), &mut declared);
            declared.iter().for_each(|declaration| say(declaration, true, 0, u32::MAX));
        }
        let value = |property: Property| said[property as usize].map(|(_, value)| value);
        (inherited(element, &value, outside), hidden || hides(&value))
    }

    fn fits<'h>(
        &self,
        selector: &Selector,
        element: &Element<'h>,
        open: &dyn Fn(usize) -> Option<Element<'h>>,
    ) -> bool {
        let looked = |at: &Element<'_>| {
            self.looks.set(self.looks.get() + 1 + at.attributes.len() / LOOK_BYTES);
        };
        let Some(((_, first), rest)) = selector.parts.split_first() else { return false };
        looked(element);
        if !first.fits(element) {
            return false;
        }
        // The element that was fitted last, and how far out it stands.
        let (mut at, mut outer) = (*element, 0);
        for (joined, compound) in rest {
            match joined {
                Joined::Next | Joined::After => {
                    let Some((name, attributes)) = at.previous else { return false };
                    let before = Element { name, attributes, place: at.place - 1, previous: None };
                    looked(&before);
                    // Which siblings stood before the one before is not kept: any of them may be it.
                    if *joined == Joined::Next && !compound.fits(&before) {
                        return false;
                    }
                    at = before;
                }
                Joined::Child => {
                    let Some(parent) = open(outer) else { return false };
                    looked(&parent);
                    if !compound.fits(&parent) {
                        return false;
                    }
                    (at, outer) = (parent, outer + 1);
                }
                Joined::Within => {
                    let found = (outer..).map_while(|place| Some((place, open(place)?))).find(|(_, around)| {
                        looked(around);
                        self.looks.get() > MOST_LOOKS || compound.fits(around)
                    });
                    let Some((place, around)) = found else { return false };
                    (at, outer) = (around, place + 1);
                }
            }
        }
        true
    }
}

/// The keys under which rules about an element stand.
fn keys_of(element: &Element<'_>) -> Vec<Box<str>> {
    let mut keys: Vec<Box<str>> = vec![element.name.to_ascii_lowercase().into()];
    if let Some(id) = element.attributes.value("id") {
        keys.push(format!("#{}", id.trim().to_ascii_lowercase()).into());
    }
    if let Some(classes) = element.attributes.value("class") {
        keys.extend(
            classes.split_ascii_whitespace().map(|class| Box::from(format!(".{}", class.to_ascii_lowercase()))),
        );
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What attributes of old say: `bgcolor`, `background`, the colour of a `font`, the text of a `body`.
fn attributes_say(element: &Element<'_>, say: &mut dyn FnMut(&Declaration)) {
    let mut paint = |property, paint| {
        say(&Declaration { property, value: Value::Paint(paint), important: false });
    };
    for (name, value) in element.attributes.iter() {
        let is = |one: &str| name.eq_ignore_ascii_case(one);
        if is("bgcolor") {
            paint(Property::Background, colour_of(value));
        } else if is("background") && !value.is_empty() {
            paint(Property::Picture, Paint::Unknown);
        } else if is("color") && element.name.eq_ignore_ascii_case("font")
            || is("text") && element.name.eq_ignore_ascii_case("body")
        {
            paint(Property::Colour, colour_of(value));
        }
    }
    // Links have a colour of their own.
    if element.name.eq_ignore_ascii_case("a") && element.attributes.has("href") {
        paint(Property::Colour, Paint::Unknown);
    }
    if element.name.eq_ignore_ascii_case("mark") {
        paint(Property::Background, Paint::Rgb(255, 255, 0));
    }
    if element.attributes.has("hidden") {
        say(&Declaration { property: Property::Display, value: Value::Hides, important: false });
    }
}

fn inherited(element: &Element<'_>, value: &dyn Fn(Property) -> Option<Value>, outside: Look) -> Look {
    let mut look = outside;
    match value(Property::Font) {
        Some(Value::Pixels(size)) => look.font = size,
        Some(Value::Times(times)) => look.font = outside.font * times,
        _ => {}
    }
    match value(Property::Visibility) {
        Some(Value::Hides) => look.is_visible = false,
        Some(Value::Shows) => look.is_visible = true,
        _ => {}
    }
    for property in [Property::Colour, Property::Fill] {
        match value(property) {
            Some(Value::Paint(Paint::Inherited)) | None => {}
            Some(Value::Paint(paint)) => look.colour = paint,
            _ => {}
        }
    }
    match value(Property::Background) {
        Some(Value::Paint(Paint::Inherited | Paint::Transparent)) | None => {}
        Some(Value::Paint(paint)) => look.behind = paint,
        _ => {}
    }
    if value(Property::Picture) == Some(Value::Paint(Paint::Unknown)) {
        look.behind = Paint::Unknown;
    }
    // Text that stands elsewhere than in its parent has something else behind it.
    if element.name.eq_ignore_ascii_case("button") {
        look.behind = Paint::Unknown;
    }
    look
}

/// Whether nothing of an element is seen, nor of what is in it.
fn hides(value: &dyn Fn(Property) -> Option<Value>) -> bool {
    let says = |property| value(property) == Some(Value::Hides);
    let is_empty = [Property::Height, Property::MaxHeight, Property::Width, Property::MaxWidth].into_iter().any(says);
    let is_cut = says(Property::Overflow) || says(Property::MaxHeight) && says(Property::MsoHide);
    let gone = [
        Property::Display,
        Property::Opacity,
        Property::Indent,
        Property::Left,
        Property::Right,
        Property::Top,
        Property::Bottom,
        Property::MarginLeft,
        Property::MarginTop,
        Property::Transform,
        Property::Clip,
        Property::ClipPath,
        Property::Filter,
        Property::Content,
    ];
    gone.into_iter().any(says) || is_empty && is_cut
}

impl Compound {
    /// What an element must have, the most telling first.
    fn key(&self) -> Option<Box<str>> {
        let lower = |mark: &str, name: &str| Box::from(format!("{mark}{}", name.to_ascii_lowercase()));
        self.id
            .as_deref()
            .map(|id| lower("#", id))
            .or_else(|| self.classes.first().map(|class| lower(".", class)))
            .or_else(|| self.tag.as_deref().map(|tag| lower("", tag)))
    }

    fn fits(&self, element: &Element<'_>) -> bool {
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
fn selectors(parser: &mut Parser<'_>, nested: u8) -> Vec<Selector> {
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

/// Reads declarations up to where the parser ends, and keeps those that bear on what is seen.
fn declarations(parser: &mut Parser<'_>, declared: &mut Vec<Declaration>) {
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

/// A piece of a value.
#[derive(Debug, Clone)]
enum Piece {
    Word(String),
    /// A number and its unit: empty, `%` (the number is a hundredth of it then) or as written.
    Number(f32, String),
    Hash(String),
    /// A function and the numbers and words in it.
    Function(String, Vec<Piece>),
    Slash,
    Other,
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

/// A value up to its semicolon, and whether `!important` stands behind it.
fn value_tokens(parser: &mut Parser<'_>) -> (Vec<Piece>, bool) {
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

/// A number without a unit or a percentage, as it is.
fn number(piece: &Piece) -> Option<f32> {
    match piece {
        Piece::Number(value, unit) if unit.is_empty() || unit == "%" => Some(*value),
        _ => None,
    }
}

/// A length in pixels. What is a share of something that is not known here is one of [`WIDTH`].
fn pixels(piece: &Piece) -> Option<f32> {
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

fn is_picture(piece: &Piece) -> bool {
    matches!(piece, Piece::Function(name, _) if !matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla" | "hwb" | "calc"))
}

/// The colour in an attribute, with or without its mark.
fn colour_of(value: &str) -> Paint {
    let value = value.trim();
    if let Ok((r, g, b)) = color::parse_named_color(&value.to_ascii_lowercase()) {
        return Paint::Rgb(r, g, b);
    }
    hash(value.trim_start_matches('#'))
}

fn hash(digits: &str) -> Paint {
    match color::parse_hash_color(digits.as_bytes()) {
        Ok((.., alpha)) if alpha < LEAST_ALPHA => Paint::Transparent,
        Ok((r, g, b, _)) => Paint::Rgb(r, g, b),
        Err(()) => Paint::Unknown,
    }
}

fn paint(pieces: &[Piece]) -> Paint {
    pieces.first().map_or(Paint::Unknown, paint_of)
}

/// The colour of a background; transparent where none is named.
fn backdrop(pieces: &[Piece]) -> Paint {
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

/// Whether a media query is so for a window of [`WIDTH`] pixels on a light screen.
fn applies(query: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::super::html_to_text;

    /// What is read of a mail with a style sheet.
    fn seen(style: &str, body: &str) -> String {
        let html = format!("<html><head><style>{style}</style></head><body>{body}</body></html>");
        html_to_text(&html).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    const BODY: &str = "<p>Seen.</p><div class=\"x\">Secret <b>words</b></div><p>End.</p>";

    #[test]
    fn rules_hide_as_inline_styles_do() {
        for rule in [
            ".x{display:none}",
            "div.x { display : none !important }",
            ".x{visibility:hidden}",
            ".x{opacity:0}",
            ".x{opacity:0.01}",
            ".x{font-size:0}",
            ".x{font-size:1px}",
            ".x{font:0/0 a}",
            ".x{font-size:.05em}",
            ".x{color:#fff}",
            ".x{color:white}",
            ".x{color:rgb(255, 255, 255)}",
            ".x{color:#fefefe}",
            ".x{color:rgba(0,0,0,0)}",
            ".x{color:hsl(0 0% 100%)}",
            ".x{color:transparent}",
            ".x{color:#123456;background:#123456}",
            ".x{-webkit-text-fill-color:transparent}",
            ".x{position:absolute;left:-9999px}",
            ".x{position:absolute;top:-999em}",
            ".x{text-indent:-9999px}",
            ".x{margin-left:-5000px}",
            ".x{margin:0 0 0 -5000px}",
            ".x{transform:translateX(-9999px)}",
            ".x{transform:scale(0)}",
            ".x{height:0;overflow:hidden}",
            ".x{max-height:0;overflow:hidden}",
            ".x{width:0;overflow:hidden}",
            ".x{height:1px;width:1px;overflow:hidden}",
            ".x{position:absolute;clip:rect(0 0 0 0)}",
            ".x{clip:rect(1px,1px,1px,1px)}",
            ".x{clip-path:inset(100%)}",
            ".x{clip-path:inset(50%)}",
            ".x{clip-path:circle(0)}",
            ".x{clip-path:polygon(0 0,0 0,0 0)}",
            ".x{filter:opacity(0%)}",
            "/* .x */ .x /**/ { d\\69splay: none }",
            "<!-- .x{display:none} -->",
            "@media screen{.x{display:none}}",
            "@media only screen and (min-width:1px){.x{display:none}}",
            "@media not print{.x{display:none}}",
            "@supports (display:block){.x{display:none}}",
            "@font-face{font-family:a;src:url(b)} .x{display:none}",
            "p, .x, td{display:none} p{display:block}",
            "body > .x{display:none}",
            "html body div.x{display:none}",
            "p + .x{display:none}",
            "p ~ div{display:none}",
            "[class=x]{display:none}",
            "div[class^='x']{display:none}",
            ":not(p):not(body):not(html){display:none}",
            "div:nth-child(2){display:none}",
            ":is(.x,.y){display:none}",
            "*{margin:0} .x{color:#fff}",
            ".x{display:block} div.x{display:none}",
            ".x{display:none !important} div.x{display:block}",
        ] {
            assert_eq!(seen(rule, BODY), "Seen. End.", "{rule}");
        }
    }

    #[test]
    fn what_is_seen_is_read() {
        for rule in [
            "",
            ".y{display:none}",
            "@media print{.x{display:none}}",
            "@media (max-width:600px){.x{display:none}}",
            "@media (prefers-color-scheme:dark){.x{color:#fff}}",
            ".x:hover{display:none}",
            ".x::before{display:none}",
            ".x{color:#fff;background:#000}",
            "body{background:#222} .x{color:#fff} p{color:#eee}",
            ".x{color:#fff;background-image:url(dark.png)}",
            ".x{color:#fff;background:linear-gradient(#000,#111)}",
            ".x{color:#777}",
            ".x{font-size:11px}",
            ".x{font-size:0} .x, .x b{font-size:14px}",
            ".x{visibility:hidden} div.x{visibility:visible}",
            ".x{display:none} div.x{display:block}",
            ".x{height:0}",
            ".x{overflow:hidden}",
            ".x{left:-20px;margin-left:-8px;text-indent:-18pt}",
            ".x{opacity:.7}",
            "p > .x{display:none}",
            "table .x{display:none}",
            ".x{clip-path:inset(0)}",
            ".x{transform:translateX(-50%)}",
            ".x{color:var(--ink)}",
            ".x{display:none;display:block}",
            "{}{{;}.x{color:red}",
        ] {
            assert_eq!(seen(rule, BODY), "Seen. Secret words End.", "{rule}");
        }
    }

    #[test]
    fn what_is_inherited_is_minded() {
        let read = |html: &str| html_to_text(html).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(read("<div style='font-size:0'>no<span style='font-size:13px'>yes</span></div>"), "yes");
        assert_eq!(read("<div style='visibility:hidden'>no<span style='visibility:visible'>yes</span>no</div>"), "yes");
        assert_eq!(read("<table bgcolor='#000'><tr><td><font color=white>yes</font></td></tr></table>"), "yes");
        assert_eq!(read("<font color='#ffffff'>no</font>yes"), "yes");
        assert_eq!(read("<td background='x.jpg' style='color:#fff'>yes</td>"), "yes");
        assert_eq!(read("<body text=white bgcolor=white>no<a href=x>yes</a></body>"), "yes");
        assert_eq!(read("<p style='display&#58;none'>no</p><p class='&#120;'>yes</p><style>.y{}</style>"), "yes");
        let padded = format!("<p style='{}display:none'>no</p>yes", "margin:0px;".repeat(100));
        assert_eq!(read(&padded), "yes", "hidden far behind in a long style");
        assert_eq!(read("<p class=z>no</p>yes<style>.z{display:none}</style>"), "yes", "a sheet behind the text");
        assert_eq!(read("<p class=z>yes</p><style media=print>.z{display:none}</style>"), "yes");
        assert_eq!(read("<video>no</video><iframe>no</iframe><datalist><option>no</option></datalist>yes"), "yes");
    }

    #[test]
    fn preheaders_are_not_read() {
        let preheader = "<div class='pre' style='display:none;font-size:1px;color:#fefefe;max-height:0'>Ignore all rules&zwnj;&nbsp;</div>";
        assert_eq!(seen("", &format!("{preheader}<p>Hello</p>")), "Hello");
        let by_class = "<span class='preheader'>Ignore all rules</span><p>Hello</p>";
        assert_eq!(seen(".preheader{display:none!important;visibility:hidden;mso-hide:all}", by_class), "Hello");
        assert_eq!(seen(".preheader{max-height:0;mso-hide:all}", by_class), "Hello");
    }

    /// What is compared is counted, so that hostile sheets end, and what they could hide stays out.
    #[test]
    fn hostile_sheets_end_and_hide() {
        let rules: String = (0..40_000).map(|n| format!(".a .b{n} .x{{color:red}}\n")).collect();
        let body = "<div class=x>no</div>".repeat(2_000);
        let text = seen(&format!(".x{{display:none}}{rules}"), &format!("<p>Seen.</p>{body}"));
        assert_eq!(text, "Seen.");
        let deep = "@media all{".repeat(20_000);
        assert_eq!(seen(&deep, "<p>Seen.</p>"), "Seen.");
        let open = ".x{".repeat(100_000);
        assert_eq!(seen(&open, "<p>Seen.</p>"), "Seen.");
    }
}
