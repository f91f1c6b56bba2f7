//! Leaves out code that only parts of the libraries would run which are not used here. No compiler can know that: it is reached by
//! pointers that nobody follows, or by JavaScript that never gets the objects it belongs to.

use std::{collections::HashMap, convert::Infallible};

use anyhow::{Result, anyhow};
use wasm_encoder::{
    CodeSection, Function, Instruction, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{CodeSectionReader, KnownCustom, Name, Parser, Payload};

use crate::slim::{Program, Step};

/// Functions that are used only if something outside of them begins.
struct Family {
    /// What they have in their names. Where any other function calls one, all stay.
    name: &'static str,
    /// What begins by a pointer has this in its name: where it is there, all stay too.
    begins: Option<&'static str>,
}

const FAMILIES: [Family; 2] = [
    // How a view is hydrated step by step. Each view has a pointer to its own, for whoever mounts a page lazily.
    Family { name: "into_any13hydrate_async", begins: Some("hydrate_from_async") },
    // What JavaScript calls on a stream of Rust's (`IntoUnderlyingSource` and its like). Who makes one calls an import of this name.
    Family { name: "intounderlying", begins: None },
];

/// Empties the functions that never run, and says how many they are. What only they call is for wasm-bindgen to drop.
///
/// # Errors
/// `wasm` is no valid WASM.
pub fn empty(wasm: &[u8]) -> Result<(Vec<u8>, usize)> {
    let program = Program::parse(wasm)?;
    let names = names(wasm)?;
    let mut idle = vec![false; program.functions.len()];
    for Family { name, begins } in FAMILIES {
        // What describes a function to wasm-bindgen is read there.
        let is_member = |function: usize| {
            names.get(&function).is_some_and(|own| own.contains(name) && !own.starts_with("__wbindgen_describe"))
        };
        let calls_one = |step: &Step| matches!(step, Step::Call(function) if is_member(*function));
        let functions = || (program.imports..).zip(&program.functions);
        let is_used = begins.is_some_and(|begins| names.values().any(|own| own.contains(begins)))
            || functions().any(|(function, code)| !is_member(function) && code.body.iter().any(calls_one));
        for ((function, _), idle) in functions().zip(&mut idle).filter(|_| !is_used) {
            *idle |= is_member(function);
        }
    }
    let number = idle.iter().filter(|idle| **idle).count();
    let mut module = Module::new();
    Emptied { idle }.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| anyhow!("{error}"))?;
    Ok((module.finish(), number))
}

/// What functions are called, by their indices: imported ones too.
fn names(wasm: &[u8]) -> Result<HashMap<usize, &str>> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload? else { continue };
        let KnownCustom::Name(subsections) = section.as_known() else { continue };
        for subsection in subsections {
            let Name::Function(functions) = subsection? else { continue };
            for name in functions {
                let name = name?;
                names.insert(name.index as usize, name.name);
            }
        }
    }
    Ok(names)
}

struct Emptied {
    /// For each defined function, whether it never runs.
    idle: Vec<bool>,
}

impl Reencode for Emptied {
    type Error = Infallible;

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for (place, body) in section.into_iter().enumerate() {
            if self.idle.get(place) == Some(&true) {
                let mut function = Function::new([]);
                function.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                code.function(&function);
            } else {
                self.parse_function_body(code, body?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{NameMap, NameSection};
    use wasmparser::Validator;

    use super::*;
    use crate::slim::tests::module;

    /// The functions of [`module`] with these names, the imported one first: which of them are empty then.
    fn emptied(functions: &[&[Instruction<'_>]], names: &[&str]) -> Vec<bool> {
        let mut map = NameMap::new();
        for (index, name) in (0..).zip(names) {
            map.append(index, name);
        }
        let mut section = NameSection::new();
        section.functions(&map);
        let mut wasm = module(functions);
        wasm_encoder::Section::append_to(&section, &mut wasm);
        let (less, _) = empty(&wasm).expect("valid");
        Validator::new().validate_all(&less).expect("valid");
        let is_empty = |code: &crate::slim::Code| matches!(code.body.first(), Some(Step::Other(range)) if less[range.start] == UNREACHABLE);
        Program::parse(&less).expect("valid").functions.iter().map(is_empty).collect()
    }

    /// The instruction `unreachable` (WebAssembly Core, §5.4.1).
    const UNREACHABLE: u8 = 0x00;

    #[test]
    fn what_only_its_own_kind_calls_is_emptied() {
        let five = [Instruction::I32Const(5)];
        let functions: [&[Instruction<'_>]; 4] = [&[Instruction::Call(2)], &five, &[Instruction::Call(4)], &five];
        let names = ["host", "a_into_any13hydrate_async", "b_into_any13hydrate_async", "main", "part"];
        assert_eq!(emptied(&functions, &names), [true, true, false, false]);
    }

    #[test]
    fn what_others_call_stays_whole() {
        let five = [Instruction::I32Const(5)];
        let functions: [&[Instruction<'_>]; 3] = [&five, &[Instruction::Call(1)], &[Instruction::Call(0)]];
        let names = ["host", "a_into_any13hydrate_async", "main", "b"];
        assert_eq!(emptied(&functions, &names), [false; 3]);
        let begun = ["host", "a_into_any13hydrate_async", "b_into_any13hydrate_async", "hydrate_from_async"];
        assert_eq!(emptied(&functions, &begun), [false; 3]);
        let made = ["intounderlyingsource_new", "intounderlyingsource_pull", "intounderlyingsource_cancel", "main"];
        assert_eq!(emptied(&functions, &made), [false; 3]);
        let idle = ["host", "intounderlyingsource_pull", "intounderlyingsource_cancel", "main"];
        assert_eq!(emptied(&functions, &idle), [true, true, false]);
    }
}
