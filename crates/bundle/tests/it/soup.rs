//! Random token soup, repeated to great depth: whatever it is, it ends in a finding, and soon.

use std::time::{Duration, Instant};

use millrace_bundle::{SourceTree, validate};

const PARTS: [&str; 96] = [
    "(", ")", "[", "]", "{", "}", "<", ">", "a", "b ", "if(a)", "else ", "=>", "=", "?", ":", "!", "~", "+", "-", "++", "--", "/",
    "/*", "*/", "//", "\n", ";", ",", ".", "?.", "`", "${", "'", "\"", "async ", "await ", "function ", "class ", "extends ",
    "new ", "typeof ", "keyof ", "type T=", "as ", "infer ", "for(", "while(", "do ", "switch(a){", "case ", "return ", "yield ",
    "import ", "export ", "default ", "@", "#x", "1", "0x1", "\\u0061", "=> {", "A<", "a<b,", "...", "**", "??", "&&", "<<", ">>",
    "in ", "of ", "let ", "const ", "interface ", "enum ", "namespace ", "abstract ", "static ", "get ", "constructor(", "this",
    "/x/", "/[/", "satisfies ", "asserts ", "unique symbol", "readonly ", "[K in ", "{[a]:", "<T>(", "<a>", "try{", "}catch(e){",
    "\u{2028}", "é",
];

/// A small generator of our own: the same soup on every machine.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn no_soup_overflows_or_takes_long() {
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for case in 0..150 {
        let mut words = |most: usize| -> String { (0..random(&mut state) % most).map(|_| PARTS[random(&mut state) % PARTS.len()]).collect() };
        let (head, tail) = (words(7), words(5));
        let times = [200, 5_000, 40_000][case % 3];
        let text = format!("x={}a{};", head.repeat(times), tail.repeat(times));
        let started = Instant::now();
        let findings = validate(&SourceTree::single(text), None);
        assert!(!findings.is_empty() && findings.iter().all(|f| f.code != "INTERNAL_ERROR"), "{head:?} {tail:?} {times}: {findings:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{head:?} {tail:?} {times}: {:?}", started.elapsed());
    }
}
