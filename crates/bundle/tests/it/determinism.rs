//! The same tree is the same bundle.

use millrace_bundle::{Bundle, DecodeError, SourceTree, bundle};

use crate::harness::{accept, workflow};

fn sample() -> Vec<(String, String)> {
    let mut files = vec![("workflow.ts".to_owned(), workflow("import { f9 } from './m9'; import { sleep, http } from '@millrace/sdk';", "await sleep(1); f9(); http;"))];
    for i in 0..10 {
        let import = if i > 0 { format!("import {{ f{} as f }} from './m{}'; f;", i - 1, i - 1) } else { String::new() };
        files.push((format!("m{i}.ts"), format!("{import}\nexport const f{i} = (): number => {i};")));
    }
    files
}

#[test]
fn the_hash_is_stable_and_does_not_depend_on_order_or_thread() {
    let first = bundle(&SourceTree::of(sample()), None).unwrap();
    let mut reversed = sample();
    reversed.reverse();
    let threads: Vec<_> = (0..4).map(|_| { let files = reversed.clone(); std::thread::spawn(move || bundle(&SourceTree::of(files), None).unwrap()) }).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), first);
    }
    assert_eq!(first.hash.len(), 64);
    assert!(first.hash.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
}

#[test]
fn every_part_of_the_content_is_in_the_hash() {
    let hash = |files: &[(&str, &str)]| accept(files).hash;
    let base = workflow("", "const a = 1; context.use(a);");
    let plain = hash(&[("workflow.ts", &base)]);
    assert_eq!(hash(&[("workflow.ts", &base), ("README.md", "x"), ("unused.ts", "export {}")]), plain);
    let others = [
        hash(&[("workflow.ts", &base.replace("a = 1", "a = 2"))]),
        hash(&[("workflow.ts", &base.replace("const a", "\nconst a"))]),
        hash(&[("index.ts", &base)]),
        hash(&[("workflow.ts", &base), ("millrace.config.ts", "export default {};")]),
        hash(&[("workflow.ts", &base), ("millrace.config.ts", "export default { a: 1 };")]),
    ];
    for (i, other) in others.iter().enumerate() {
        assert_ne!(*other, plain, "{i}");
        assert_eq!(others.iter().filter(|o| *o == other).count(), 1, "{i}");
    }
}

#[test]
fn bytes_round_trip_and_damage_is_noticed() {
    let bundle = bundle(&SourceTree::of(sample()), None).unwrap();
    let bytes = bundle.to_bytes();
    assert_eq!(Bundle::from_bytes(&bytes).unwrap(), bundle);
    let damaged = String::from_utf8(bytes.clone()).unwrap().replacen("f9()", "f8()", 1);
    assert!(matches!(Bundle::from_bytes(damaged.as_bytes()), Err(DecodeError::Hash { .. })));
    assert!(matches!(Bundle::from_bytes(&bytes[..bytes.len() / 2]), Err(DecodeError::Json(_))));
    assert!(matches!(Bundle::from_bytes(b""), Err(DecodeError::Json(_))));
}
