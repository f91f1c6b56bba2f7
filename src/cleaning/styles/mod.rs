//! Which text of an HTML mail nobody sees: what its style sheets and inline styles do to it.
//!
//! Not a browser's cascade, but all of it that can hide text: rules with their weights, what is inherited, and colours against what is
//! behind them, as a window of [`WIDTH`] pixels shows it. No layout: what is hidden by lying below something else is not seen here, nor is what
//! only the last of its kind among siblings hides.
//!
//! Here is the cascade: which rules are about an element, which of them wins, and how the element looks then. What rules are made of is
//! read in the rooms beside it: [`selectors`], [`declarations`] with their [`values`] and [`colours`], and the queries of [`media`].

mod colours;
mod declarations;
mod media;
mod selectors;
mod values;

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use colours::{Paint, SAME_COLOUR, colour_of, is_same};
use cssparser::{Delimiter, ParseError, Parser, Token};
use declarations::{Declaration, PROPERTIES, Property, Value, declarations};
use media::applies;
use selectors::{Joined, Selector, selectors};

use super::tags::Attributes;

/// A window that mail is read in, in CSS pixels.
const WIDTH: f32 = 1024.0;
/// Smaller letters nobody reads, in CSS pixels.
const LEAST_FONT: f32 = 2.5;
/// The size of letters where nothing says otherwise.
const FONT: f32 = 16.0;
/// Below this nothing of a colour is seen, from 0 to 1.
const LEAST_ALPHA: f32 = 0.1;
/// At-rules within at-rules that are read.
const MOST_NESTED: u8 = 8;
/// Selectors that are compared with elements in one mail. Real mail takes some ten thousand. Beyond, whatever a rule that hides could be
/// about is hidden.
const MOST_LOOKS: usize = 2_000_000;
/// So many bytes of attributes are as much work as one more of them.
const LOOK_BYTES: usize = 128;

/// How strongly something was said: `!important`, in the element itself, the weight of the selector, the order.
type Weight = (bool, bool, u32, u32);

#[derive(Debug)]
struct Rule {
    /// From right to left.
    selector: Selector,
    declarations: std::rc::Rc<[Declaration]>,
    order: u32,
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

#[cfg(test)]
mod tests {
    use crate::cleaning::html_to_text;

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
