//! Makes WASM smaller than the compiler leaves it, above all as brotli sees it.

use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    ops::Range,
};

use anyhow::{Result, anyhow};
use wasm_encoder::{
    CodeSection, FunctionSection, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Operator, Parser, Payload, TypeRef,
};

/// Keeps one of the functions that do the same, and puts those that look alike beside each other: brotli refers to what it
/// has seen by the distance. Custom sections, among them the names of functions, are left out.
///
/// A function keeps its address, which is a place in a table: two addresses may now lead to one function.
///
/// # Errors
/// `wasm` is no valid WASM.
pub fn merge_and_sort(wasm: &[u8]) -> Result<Vec<u8>> {
    let program = Program::parse(wasm)?;
    let same_as = program.same_as();
    let looks: Vec<_> = program.functions.iter().map(|function| (function.signature, function.look(wasm))).collect();
    let mut kept: Vec<_> = (0..same_as.len()).filter(|&function| same_as[function] == function).collect();
    kept.sort_by_key(|&function| &looks[function]);
    let mut place_of = vec![0; same_as.len()];
    for (place, &function) in kept.iter().enumerate() {
        place_of[function] = place;
    }
    let place_of = same_as.iter().map(|&function| place_of[function]).collect();
    Edit { imports: program.imports, kept, place_of }.apply(wasm)
}

/// A module as far as its functions go. A defined function is named by its place in the code section.
pub struct Program<'a> {
    wasm: &'a [u8],
    /// How many functions come from outside: theirs are the first indices.
    pub imports: usize,
    pub functions: Vec<Code>,
}

pub struct Code {
    signature: u32,
    /// Where the local variables are declared.
    locals: Range<usize>,
    pub body: Vec<Step>,
}

pub enum Step {
    /// The index of the function that is called.
    Call(usize),
    /// A number, often an address.
    Number(Range<usize>),
    Other(Range<usize>),
}

impl<'a> Program<'a> {
    /// # Errors
    /// `wasm` is no valid WASM.
    pub fn parse(wasm: &'a [u8]) -> Result<Self> {
        let mut program = Self { wasm, imports: 0, functions: Vec::new() };
        let mut signatures = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        program.imports += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => signatures = section.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => {
                    let signature = signatures.get(program.functions.len());
                    let signature = *signature.ok_or_else(|| anyhow!("a function without a type"))?;
                    program.functions.push(Code::read(signature, &body)?);
                }
                _ => {}
            }
        }
        Ok(program)
    }

    /// For each function the first that does the same: functions are alike also when they call functions that are.
    fn same_as(&self) -> Vec<usize> {
        let mut same_as: Vec<_> = (0..self.functions.len()).collect();
        loop {
            let mut seen = HashMap::new();
            let mut next = same_as.clone();
            for (function, code) in
                self.functions.iter().enumerate().filter(|&(function, _)| same_as[function] == function)
            {
                let callee =
                    |index: usize| index.checked_sub(self.imports).map_or(index, |of| self.imports + same_as[of]);
                match seen.entry((code.signature, code.meaning(self.wasm, callee))) {
                    Entry::Occupied(first) => next[function] = *first.get(),
                    Entry::Vacant(place) => {
                        place.insert(function);
                    }
                }
            }
            // The first of a kind stands for itself, so one step is enough.
            let next: Vec<_> = same_as.iter().map(|&first| next[first]).collect();
            if next == same_as {
                return same_as;
            }
            same_as = next;
        }
    }
}

impl Code {
    fn read(signature: u32, body: &FunctionBody<'_>) -> Result<Self> {
        let mut reader = body.get_operators_reader()?;
        let locals = body.range().start..reader.original_position();
        let mut steps = Vec::new();
        while !reader.eof() {
            let start = reader.original_position();
            let operator = reader.read()?;
            let range = start..reader.original_position();
            steps.push(match operator {
                Operator::Call { function_index } => Step::Call(function_index as usize),
                Operator::I32Const { .. } => Step::Number(range),
                _ => Step::Other(range),
            });
        }
        Ok(Self { signature, locals, body: steps })
    }

    /// What the function does, when each function that it calls is taken for `callee` of it.
    fn meaning(&self, wasm: &[u8], callee: impl Fn(usize) -> usize) -> Vec<u8> {
        let mut bytes = wasm[self.locals.clone()].to_vec();
        for step in &self.body {
            match step {
                Step::Call(index) => {
                    bytes.push(CALL);
                    bytes.extend(callee(*index).to_le_bytes());
                }
                Step::Number(range) | Step::Other(range) => bytes.extend(&wasm[range.clone()]),
            }
        }
        bytes
    }

    /// The function but for what it calls and for its numbers, which differ where the rest is generic code.
    fn look(&self, wasm: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for step in &self.body {
            match step {
                Step::Call(_) => bytes.push(CALL),
                Step::Number(range) => bytes.push(wasm[range.start]),
                Step::Other(range) => bytes.extend(&wasm[range.clone()]),
            }
        }
        bytes
    }
}

/// The instruction `call` (WebAssembly Core, §5.4.1).
const CALL: u8 = 0x10;

/// What becomes of the defined functions.
struct Edit {
    imports: usize,
    /// In the new order.
    kept: Vec<usize>,
    /// For each function, where in `kept` it or the one that replaces it is.
    place_of: Vec<usize>,
}

impl Edit {
    fn apply(mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| anyhow!("{error}"))?;
        Ok(module.finish())
    }
}

impl Reencode for Edit {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        let place = (index as usize).checked_sub(self.imports).map(|function| self.imports + self.place_of[function]);
        // No more functions than before.
        Ok(place.and_then(|place| place.try_into().ok()).unwrap_or(index))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let signatures: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for &function in &self.kept {
            functions.function(signatures[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for function in self.kept.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: CustomSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, ImportSection,
        Instruction, RefType, TableSection, TableType, TypeSection, ValType,
    };
    use wasmparser::{ElementItems, Validator};

    use super::*;

    /// A module with one imported function, index 0, and these, all without parameters and with one number as the result;
    /// each is exported as `f` and its index, and all are in a table.
    pub fn module(functions: &[&[Instruction<'_>]]) -> Vec<u8> {
        let (mut types, mut imports, mut signatures) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        let (mut tables, mut exports, mut elements) =
            (TableSection::new(), ExportSection::new(), ElementSection::new());
        let mut code = CodeSection::new();
        types.ty().function([], [ValType::I32]);
        imports.import("host", "number", EntityType::Function(0));
        let all: Vec<u32> = (1..).take(functions.len()).collect();
        for (&index, body) in all.iter().zip(functions) {
            signatures.function(0);
            exports.export(&format!("f{index}"), ExportKind::Func, index);
            let mut function = Function::new([]);
            for instruction in *body {
                function.instruction(instruction);
            }
            code.function(function.instruction(&Instruction::End));
        }
        let size = all.len() as u64;
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: size,
            maximum: Some(size),
            shared: false,
        });
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(all.into()));
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&signatures).section(&tables).section(&exports);
        module.section(&elements).section(&code);
        module.finish()
    }

    /// Where the exports and the places in the table lead.
    fn targets(wasm: &[u8]) -> (Vec<u32>, Vec<u32>) {
        let (mut exports, mut table) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.expect("WASM") {
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|export| export.expect("an export").index));
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let ElementItems::Functions(functions) = element.expect("an element").items else { continue };
                        table.extend(functions.into_iter().map(|index| index.expect("an index")));
                    }
                }
                _ => {}
            }
        }
        (exports, table)
    }

    #[test]
    fn what_does_the_same_is_kept_once_and_every_way_leads_there() {
        let five = [Instruction::I32Const(5)];
        let wasm = module(&[&[Instruction::Call(2)], &five, &[Instruction::Call(4)], &five, &[Instruction::Call(0)]]);
        let slim = merge_and_sort(&wasm).expect("valid");
        Validator::new().validate_all(&slim).expect("valid");
        let (exports, table) = targets(&slim);
        assert_eq!(exports, table, "an address leads where the export does");
        assert_eq!((exports[0], exports[1]), (exports[2], exports[3]), "the same, and what calls the same");
        let mut kept = exports;
        kept.sort_unstable();
        kept.dedup();
        assert_eq!(kept, [1, 2, 3]);
        let program = Program::parse(&slim).expect("valid");
        assert_eq!(program.functions.len(), 3);
        assert!(
            matches!(program.functions[table[0] as usize - 1].body[0], Step::Call(index) if index == table[1] as usize)
        );
        assert!(matches!(program.functions[table[4] as usize - 1].body[0], Step::Call(0)), "what is imported stays");
    }

    #[test]
    fn what_looks_alike_comes_together_and_stays_apart() {
        let number = |number| [Instruction::I32Const(number)];
        let sum = |number| [Instruction::I32Const(number), Instruction::I32Const(1), Instruction::I32Add];
        let wasm = module(&[&number(1), &sum(1), &number(2), &sum(2), &number(3)]);
        let slim = merge_and_sort(&wasm).expect("valid");
        Validator::new().validate_all(&slim).expect("valid");
        let (exports, _) = targets(&slim);
        let mut numbers = [exports[0], exports[2], exports[4]];
        numbers.sort_unstable();
        assert_eq!(numbers[2] - numbers[0], 2, "one after the other");
        assert_ne!(exports[1], exports[3]);
    }

    #[test]
    fn what_is_no_wasm_is_refused() {
        assert!(merge_and_sort(b"<!DOCTYPE html>").is_err());
    }
}
