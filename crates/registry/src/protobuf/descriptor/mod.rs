//! A file as the base64 of its `FileDescriptorProto`, which Python's client writes and reads.
//!
//! Custom options are left out: their bytes need the types that declare them.
//!
//! `encode` writes it, `decode` reads it.

mod decode;
mod encode;

pub(super) use self::decode::decode;
pub(super) use self::encode::encode;
use super::Label;

/// The scalars by their numbers in a descriptor.
const SCALARS: [(i64, &str); 15] = [
    (1, "double"),
    (2, "float"),
    (3, "int64"),
    (4, "uint64"),
    (5, "int32"),
    (6, "fixed64"),
    (7, "fixed32"),
    (8, "bool"),
    (9, "string"),
    (12, "bytes"),
    (13, "uint32"),
    (15, "sfixed32"),
    (16, "sfixed64"),
    (17, "sint32"),
    (18, "sint64"),
];
const LABELS: [(i64, Label); 3] = [(1, Label::Optional), (2, Label::Required), (3, Label::Repeated)];
/// An option's number, its name, and how its value is written.
type Known = (u64, &'static str, Form);
const FILE_OPTIONS: [Known; 17] = [
    (1, "java_package", Form::Text),
    (8, "java_outer_classname", Form::Text),
    (10, "java_multiple_files", Form::Flag),
    (9, "optimize_for", Form::Names(&["SPEED", "CODE_SIZE", "LITE_RUNTIME"])),
    (11, "go_package", Form::Text),
    (16, "cc_generic_services", Form::Flag),
    (17, "java_generic_services", Form::Flag),
    (18, "py_generic_services", Form::Flag),
    (20, "java_generate_equals_and_hash", Form::Flag),
    (23, "deprecated", Form::Flag),
    (27, "java_string_check_utf8", Form::Flag),
    (31, "cc_enable_arenas", Form::Flag),
    (36, "objc_class_prefix", Form::Text),
    (37, "csharp_namespace", Form::Text),
    (39, "swift_prefix", Form::Text),
    (40, "php_class_prefix", Form::Text),
    (41, "php_namespace", Form::Text),
];
const MESSAGE_OPTIONS: [Known; 4] = [
    (1, "message_set_wire_format", Form::Flag),
    (2, "no_standard_descriptor_accessor", Form::Flag),
    (3, "deprecated", Form::Flag),
    (7, "map_entry", Form::Flag),
];
const FIELD_OPTIONS: [Known; 6] = [
    (1, "ctype", Form::Names(&["STRING", "CORD", "STRING_PIECE"])),
    (2, "packed", Form::Flag),
    (3, "deprecated", Form::Flag),
    (5, "lazy", Form::Flag),
    (6, "jstype", Form::Names(&["JS_NORMAL", "JS_STRING", "JS_NUMBER"])),
    (10, "weak", Form::Flag),
];
const ENUM_OPTIONS: [Known; 2] = [(2, "allow_alias", Form::Flag), (3, "deprecated", Form::Flag)];
const VALUE_OPTIONS: [Known; 1] = [(1, "deprecated", Form::Flag)];
const RPC_OPTIONS: [Known; 1] = [(33, "deprecated", Form::Flag)];

#[derive(Clone, Copy)]
enum Form {
    Text,
    Flag,
    /// The names of values, from 0 or 1 on, as their enum has it.
    Names(&'static [&'static str]),
}
