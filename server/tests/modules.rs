//! The modules of each crate use one another without a circle: they can be read from the bottom up.
//!
//! A module is a file. It uses another one where a path of its code, or one of its imports, leads to
//! something that the other one defines; a re-export is followed to where the thing is defined. So a parent
//! that only declares its children and re-exports from them uses nothing and is not used. Tests may look at
//! anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Ident, Item, ItemFn, ItemMod, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// The path of a module within its crate, and of something in it.
type Names = Vec<String>;

#[test]
fn no_crate_has_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = String::new();
    for name in ["app", "domain", "inspect", "jobs", "model", "platform", "server", "stripe-sim"] {
        let modules = Modules::read(&root.join(name).join("src/lib.rs"));
        for circle in circles(&modules.uses()) {
            write!(found, "\n{name}: {}", circle.join(" -> ")).expect("a string takes it");
        }
    }
    assert!(found.is_empty(), "these modules use one another in a circle:{found}");
}

/// What the test itself goes by: each kind of path is found, and a re-export is no circle.
#[test]
fn a_circle_is_found_through_every_kind_of_path() {
    let sources = [
        ("", "mod a; mod b; mod c; pub use self::a::A;"),
        ("a", "use crate::b::{self, B as Other}; mod child; pub use self::child::Child; pub struct A;"),
        ("a::child", "pub struct Child;"),
        ("b", "pub struct B; fn f() -> super::c::C { todo!() }"),
        ("c", "pub struct C; fn f() { println!(\"{:?}\", crate::A) } #[cfg(test)] mod tests { use crate::b::B; }"),
    ];
    let mut modules = Modules::default();
    for (path, source) in sources {
        let path: Names = path.split("::").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
        modules.add(&path, &syn::parse_file(source).expect("Rust"));
    }
    let uses = modules.uses();
    assert_eq!(circles(&uses), [["a", "b", "c", "a"]]);
    assert!(uses[""].is_empty() && uses["a::child"].is_empty(), "{uses:?}");
}

/// The modules of a crate.
#[derive(Default)]
struct Modules(BTreeMap<Names, Module>);

#[derive(Default)]
struct Module {
    /// The file's own: that of the module around it, for one that is written in braces.
    file: Names,
    /// What it defines, its child modules left out.
    items: BTreeSet<String>,
    /// What it imports or re-exports, by the name it has here.
    imports: BTreeMap<String, Names>,
    /// Modules of which it imports or re-exports everything.
    globs: Vec<Names>,
    /// Paths in its code and its imports, as written.
    paths: BTreeSet<Names>,
}

impl Modules {
    /// Reads a crate from its root file.
    fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        let mut files = vec![(Names::new(), root.to_owned())];
        while let Some((path, file)) = files.pop() {
            let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let source = syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            for child in modules.add(&path, &source) {
                let folder = file.parent().expect("a folder");
                let is_root = ["lib.rs", "mod.rs"].iter().any(|name| file.ends_with(name));
                let folder = if is_root { folder.to_owned() } else { file.with_extension("") };
                let flat = folder.join(format!("{child}.rs"));
                let found: PathBuf = if flat.exists() { flat } else { folder.join(&child).join("mod.rs") };
                files.push(([path.clone(), vec![child]].concat(), found));
            }
        }
        modules
    }

    /// Adds a file; answers with the children that have files of their own.
    fn add(&mut self, path: &Names, source: &syn::File) -> Vec<String> {
        let mut children = Vec::new();
        self.add_items(path, path, &source.items, &mut children);
        children
    }

    fn add_items(&mut self, path: &Names, file: &Names, items: &[Item], children: &mut Vec<String>) {
        let mut reader = Reader { module: Module { file: file.clone(), ..Module::default() } };
        let mut inner = Vec::new();
        for item in items {
            match item {
                Item::Mod(ItemMod { attrs, .. })
                | Item::Use(ItemUse { attrs, .. })
                | Item::Fn(ItemFn { attrs, .. })
                    if is_for_tests(attrs) => {}
                Item::Mod(ItemMod { ident, content: None, .. }) => children.push(ident.to_string()),
                Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) => inner.push((ident.to_string(), items)),
                other => reader.visit_item(other),
            }
        }
        self.0.insert(path.clone(), reader.module);
        for (name, items) in inner {
            self.add_items(&[path.clone(), vec![name]].concat(), file, items, children);
        }
    }

    /// Which files use which.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut by_file: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, module) in &self.0 {
            let used = by_file.entry(module.file.join("::")).or_default();
            for written in &module.paths {
                let found = self.definition(path, written, 0).map(|found| &self.0[&found].file);
                used.extend(found.filter(|file| **file != module.file).map(|file| file.join("::")));
            }
        }
        by_file
    }

    /// The module that defines what a path in `module` leads to, if that is of this crate and no module itself.
    ///
    /// A macro may define a thing, too: one that is not found counts as the module's that the path names.
    fn definition(&self, module: &Names, written: &[String], depth: usize) -> Option<Names> {
        // Imports that lead to each other's names.
        if depth > 20 {
            return None;
        }
        let (at, rest) = self.descend(module, written);
        let (name, others) = rest.split_first()?;
        let here = &self.0[&at];
        if here.items.contains(name) {
            Some(at)
        } else if let Some(import) = here.imports.get(name) {
            self.definition(&at, &[import.as_slice(), others].concat(), depth + 1)
        } else {
            let known = self.behind_globs(&at, name, depth);
            known.or_else(|| (rest.len() < written.len()).then_some(at))
        }
    }

    /// The module that defines `name`, among those of which `module` imports everything.
    fn behind_globs(&self, module: &Names, name: &String, depth: usize) -> Option<Names> {
        self.0[module].globs.iter().find_map(|glob| {
            let (behind, rest) = self.descend(module, glob);
            let has = &self.0[&behind];
            if depth > 20 || !rest.is_empty() {
                None
            } else if has.items.contains(name) || has.imports.contains_key(name) {
                self.definition(&behind, std::slice::from_ref(name), depth + 1)
            } else {
                self.behind_globs(&behind, name, depth + 1)
            }
        })
    }

    /// Goes from `module` along a path for as long as it names modules; answers with what is left of it.
    fn descend<'a>(&self, module: &Names, written: &'a [String]) -> (Names, &'a [String]) {
        let mut at = module.clone();
        let mut rest = written;
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                name => {
                    at.push(name.to_owned());
                    if !self.0.contains_key(&at) {
                        at.pop();
                        break;
                    }
                }
            }
            rest = others;
        }
        (at, rest)
    }
}

/// Whether something is compiled for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let says_test = |tokens: TokenStream| {
        let mut words = Vec::new();
        flatten(tokens, &mut words);
        words.iter().any(|word| word == "test")
    };
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .any(|attribute| attribute.meta.require_list().is_ok_and(|list| says_test(list.tokens.clone())))
}

/// Gathers what is in a module.
struct Reader {
    module: Module,
}

impl Reader {
    fn import(&mut self, tree: &UseTree, mut path: Names, is_re_export: bool) {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.import(&part.tree, path, is_re_export);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path.clone(), is_re_export);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let own = path.last().cloned().unwrap_or_default();
                self.imported(own, path, is_re_export);
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.imported(name.ident.to_string(), path, is_re_export);
            }
            UseTree::Rename(name) => {
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                self.imported(name.rename.to_string(), path, is_re_export);
            }
            UseTree::Glob(_) => self.module.globs.push(path),
        }
    }

    fn imported(&mut self, name: String, path: Names, is_re_export: bool) {
        // `use tokio;` would lead to itself.
        if path.len() > 1 {
            if !is_re_export {
                self.module.paths.insert(path.clone());
            }
            self.module.imports.insert(name, path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let name: Option<&Ident> = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.module.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_re_export = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, Names::new(), is_re_export);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.module.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// What a macro makes of its words is not known: every path among them counts.
    fn visit_macro(&mut self, called: &'ast Macro) {
        let mut words = Vec::new();
        flatten(called.tokens.clone(), &mut words);
        for run in words.split(String::is_empty) {
            self.module.paths.insert(run.to_vec());
        }
        visit::visit_macro(self, called);
    }
}

/// The words of a macro's input; an empty one ends a path.
fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            TokenTree::Ident(word) => {
                if colons != 2 {
                    words.push(String::new());
                }
                words.push(word.to_string());
                colons = 0;
            }
            other => {
                words.push(String::new());
                colons = 0;
                if let TokenTree::Group(group) = other {
                    flatten(group.stream(), words);
                    words.push(String::new());
                }
            }
        }
    }
}

/// One circle through each module that is in one, the shortest first and none twice.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for start in uses.keys() {
        if found.iter().any(|circle| circle.contains(start)) {
            continue;
        }
        found.extend(way_back(uses, start));
    }
    found.sort_by_key(Vec::len);
    found
}

/// The shortest way from a module back to itself.
fn way_back(uses: &BTreeMap<String, BTreeSet<String>>, start: &String) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().expect("a way has a beginning");
            for next in uses.get(last).into_iter().flatten() {
                let further = [way.clone(), vec![next.clone()]].concat();
                if next == start {
                    return Some(further);
                }
                if seen.insert(next.clone()) {
                    longer.push(further);
                }
            }
        }
        ways = longer;
    }
    None
}
