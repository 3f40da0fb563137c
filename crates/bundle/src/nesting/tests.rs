#![allow(clippy::unwrap_used)]

use super::TooDeep;
use crate::limits::{MAX_SYNTAX_DEPTH, MAX_WORK};

fn check(text: &str) -> Result<(), TooDeep> {
    super::check(text, 0).map(|_| ())
}

fn is_chain(text: &str) -> bool {
    matches!(check(text), Err(TooDeep::Chain(_)))
}

#[test]
fn honest_code_of_any_length_passes() {
    let statement = "  const row = await notion.pages.create({ parent: { database_id: id }, tags: ['a', `b ${x + 1}`] });\n";
    let style = "export function total(a: number, b: Map<string, Set<number>>) {\n  if (a < b.size) return a / 2\n  else return b.size\n}\n";
    let members = "class A {\n  x = {}\n  y() { return 1 }\n  get z() { return /[/'\"(]/.test('') }\n}\n";
    for text in [statement, style, members, "foo()\nbar.baz(1)\n", "type A = { a: 1 } | { b: 2 }\n"] {
        assert_eq!(check(&text.repeat(30_000)), Ok(()), "{text}");
    }
    let rows = "  { id: 1, name: 'x', on: a < b },\n".repeat(500);
    assert_eq!(check(&format!("export const rows = [\n{rows}];")), Ok(()));
    assert_eq!(check(&format!("const s = {}'';", "'line' +\n".repeat(5_000))), Ok(()));
}

#[test]
fn each_way_to_nest_is_noticed() {
    let n = MAX_SYNTAX_DEPTH + 1;
    for part in [
        "!", "a+", "a=>", "a?b:", "a=", "typeof ", "new ", "if(a)", "if(a)\n", "if(a)b;else ", "if(a){}else ", "x.y.", ".b\n",
        "f()", "await ", "a!", "`${a}`+", "1**", "a:", "else\nif(a)\n", "for(;;)", "do ", "a as b | ", "while(a)\n", "a instanceof\n",
        "@a ", "/x/ + ", "''+", "a?.b", "f``",
    ] {
        assert!(is_chain(&format!("x={}a;", part.repeat(n))), "{part}");
    }
    for part in ["A<", "keyof ", "keyof\n", "()=>", "a extends b?c:", "A[]|"] {
        assert!(check(&format!("type T={}a;", part.repeat(n))).is_err(), "{part}");
    }
    assert!(check(&format!("type T={}a;", "M<a,".repeat(n))).is_err());
    for part in ["(", "[", "{a:", "`${", "a(", "()=>{", "function(){", "x[a,", "{;"] {
        let found = check(&format!("x={}", part.repeat(300)));
        assert!(matches!(found, Err(TooDeep::Brackets(_))), "{part} {found:?}");
    }
}

#[test]
fn depth_does_not_hide_behind_else() {
    let part = format!("{}x;else ", "if(a)".repeat(50));
    assert!(is_chain(&part.repeat(MAX_SYNTAX_DEPTH / 100)));
}

#[test]
fn places_where_the_parser_tries_twice_are_bounded() {
    for unit in ["a<b<", "a<[b<", "a?(b=", "(a=(", "<T>(a=", "async(a=", "a<{b:", "([a=", "a<b,("] {
        let deep = unit.repeat(60);
        let found = check(&format!("x={deep};\n").repeat(1_000));
        assert!(matches!(found, Err(TooDeep::Work(_) | TooDeep::Brackets(_))), "{unit} {found:?}");
    }
    assert_eq!(check(&"let a: Map<string, Array<number>> = f<A, B<C>>(x < y);\n".repeat(20_000)), Ok(()));
    let callbacks = "describe('a', () => {\n  it('b', async () => {\n    expect(await f(g(h(1), (x: Promise<Map<A, B>>) => x))).toBe(2);\n  });\n});\n";
    assert_eq!(check(&callbacks.repeat(5_000)), Ok(()));
}

#[test]
fn all_modules_of_a_bundle_share_the_work() {
    let text = "a.b(c);\n".repeat(10_000);
    let own = super::check(&text, 0).unwrap();
    assert!((60_000..130_000).contains(&own), "{own}");
    assert_eq!(super::check(&text, MAX_WORK - own), Ok(own));
    assert!(matches!(super::check(&text, MAX_WORK - own + 1), Err(TooDeep::Work(_))));
}

#[test]
fn brackets_in_quoted_text_do_not_count() {
    let many = "(".repeat(1_000);
    for text in [
        format!("x = '{many}'"), format!("x = \"{many}\""), format!("x = `{many}`"), format!("// {many}\n"),
        format!("/* {many} */"), format!("x = /[{many}]/"), format!("return /\\'{many}/"), format!("#!{many}\nx"),
    ] {
        assert_eq!(check(&text), Ok(()), "{}", &text[..12]);
    }
}

#[test]
fn a_slash_of_two_meanings_is_refused_if_it_matters() {
    for text in ["function a(){} /'/.test(b)", "x = {} /[/]/.test(b)", "x = a as B<c> /(/", "of /`/", "} /x/ /'/"] {
        assert!(matches!(check(text), Err(TooDeep::Slash(_))), "{text}");
    }
    for text in [
        "function a(){} /x/.test(b)", "x = (a) / b + \"c/d\"; if (y) z = /['\"]/", "x! / f('a') / 2", "x++ / f('a') / 2 + \"/\"",
        "(a) => /['\"(]/.test(a)", "await (a) / f('(') / 2", "for await (const a of b) /['(]/.test(a)", "x = y\n!/['(]/.test(z)",
        "return /['(]/", "a.return / f('(') / 2", "type / f('(') / 2", "x != /['(]/", "x = a[0] / f('(') / 2", "`${a}` / f('(') / 2",
        "x = {} / 2", "/['(]/.test(a)", "x = a > /['(]/ ", "a = b ? /['(]/ : /[/)]/",
    ] {
        let expected = if text.contains("> /") && !text.contains("=> /") { Err(TooDeep::Slash(9)) } else { Ok(()) };
        assert_eq!(check(text), expected, "{text}");
    }
}

#[test]
fn odd_ends_are_survived() {
    for text in ["", "\\", "'", "'\\", "`", "`\\", "`${", "/", "/*", "/[", "}", ")))", "\u{2028}", "é", "a\\", "`${`${", "#!"] {
        let _ = check(text);
    }
}
