//! The modules of the check as one classic script: a file that is opened without a server may load no module. Each
//! module becomes a function of its own, so that none sees another's names. Only the forms of import and export that
//! these modules have are known; any other is noticed when the script is made, which a test does.

use std::fmt::Write;

/// Every module after those that it imports, by the name it is imported by.
const MODULES: &[(&str, &str)] = &[
    ("utils.js", include_str!("../../../assets/vendor/noble-hashes-utils.js")),
    ("_u64.js", include_str!("../../../assets/vendor/noble-hashes-u64.js")),
    ("_md.js", include_str!("../../../assets/vendor/noble-hashes-md.js")),
    ("sha2.js", include_str!("../../../assets/vendor/noble-hashes-sha2.js")),
    ("noble-ed25519.js", include_str!("../../../assets/vendor/noble-ed25519.js")),
    ("text.js", include_str!("../../../assets/check/text.js")),
    ("key.js", include_str!("../../../assets/check/key.js")),
    ("checkpoint.js", include_str!("../../../assets/check/checkpoint.js")),
    ("policy.js", include_str!("../../../assets/check/policy.js")),
    ("proof.js", include_str!("../../../assets/check/proof.js")),
    ("verify.js", include_str!("../../../assets/check/verify.js")),
    ("event.js", include_str!("../../../assets/check/event.js")),
    ("page.js", include_str!("../../../assets/check/page.js")),
];

/// The script.
pub fn script() -> String {
    let modules: String = MODULES.iter().map(|(name, text)| module(name, text)).collect();
    format!("(() => {{\n\"use strict\";\nconst modules = {{}};\n{modules}}})();\n")
}

fn module(name: &str, text: &str) -> String {
    let mut code = String::new();
    let mut exports = Vec::new();
    for line in text.lines() {
        let line = match imported(line) {
            Some(line) => line,
            None => exported(line, &mut exports).to_owned(),
        };
        writeln!(code, "{line}").expect("a string takes all");
    }
    format!("modules[\"{name}\"] = (() => {{\n{code}return {{ {} }};\n}})();\n", exports.join(", "))
}

/// `import { a, b } from "./x.js";` and `import * as x from "./x.js";`
fn imported(line: &str) -> Option<String> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from \"./")?;
    let from = from.strip_suffix("\";").expect("an import ends with its module");
    assert!(MODULES.iter().any(|(name, _)| *name == from), "{from} is not among the modules");
    let what = what.strip_prefix("* as ").unwrap_or(what);
    assert!(!what.contains(" as "), "{line}: names are imported as they are");
    Some(format!("const {what} = modules[\"{from}\"];"))
}

/// `export const x`, `export function x`, `export async function x`, `export class x` without the first word, and nothing
/// for `export { a, b };`.
fn exported<'a>(line: &'a str, exports: &mut Vec<&'a str>) -> &'a str {
    let Some(rest) = line.strip_prefix("export ") else { return line };
    if let Some(names) = rest.strip_prefix('{') {
        let names = names.strip_suffix("};").expect("a list of exports stands in one line");
        exports.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()));
        return "";
    }
    let item = rest.strip_prefix("async ").unwrap_or(rest);
    let kinds = ["const ", "function ", "class "];
    let named = kinds.iter().find_map(|kind| item.strip_prefix(kind)).expect("an export of a known form");
    let end = named.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(named.len());
    exports.push(&named[..end]);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_becomes_a_function() {
        let text = "import { Chi } from \"./_md.js\";\nimport * as u64 from \"./_u64.js\";\nexport const one = 1;\n\
                    export async function two() {}\nexport class Three extends Chi {}\nexport { four, five, };\n";
        let expected = "modules[\"x.js\"] = (() => {\nconst { Chi } = modules[\"_md.js\"];\nconst u64 = modules[\"_u64.js\"];\n\
                        const one = 1;\nasync function two() {}\nclass Three extends Chi {}\n\n\
                        return { one, two, Three, four, five };\n})();\n";
        assert_eq!(module("x.js", text), expected);
    }

    #[test]
    fn every_module_stands_after_those_that_it_imports() {
        for (at, (name, text)) in MODULES.iter().enumerate() {
            for line in text.lines().filter(|line| line.contains(" from \"./")) {
                let before = MODULES[..at].iter().any(|(other, _)| line.ends_with(&format!("\"./{other}\";")));
                assert!(before, "{name}: {line}");
            }
        }
        let script = script();
        assert!(!script.lines().any(|line| line.starts_with("export ") || line.contains(" from \"./")));
    }
}
