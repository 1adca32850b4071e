//! Every encoding: its labels, its tables, and what differs from what people expect.

use encoding_rs as whatwg;

/// How bytes and text of an encoding become each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Codec {
    /// As the WHATWG standard says, in both directions.
    Whatwg(&'static whatwg::Encoding),
    /// Decodes as the standard says, and encodes only what GBK 1.0 has.
    Gbk,
    /// UTF-16, the low byte of each unit first (RFC 2781).
    Utf16Le,
    /// UTF-16, the high byte of each unit first (RFC 2781).
    Utf16Be,
    /// U+0000 to U+00FF, one to one.
    Latin1,
    /// U+0000 to U+007F, one to one.
    Ascii,
}

/// One encoding of the catalogue.
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// The other labels, with a blank between them.
    pub(super) aliases: &'static str,
    pub(super) codec: Codec,
    /// Names of encodings to use instead where this one cannot say a character, the best first. Where none of
    /// them can either, UTF-8 is.
    pub(super) wider: &'static [&'static str],
    pub(super) note: Option<&'static str>,
}

impl Entry {
    const fn new(name: &'static str, codec: Codec, aliases: &'static str) -> Self {
        Self { name, aliases, codec, wider: &[], note: None }
    }

    const fn whatwg(name: &'static str, encoding: &'static whatwg::Encoding, aliases: &'static str) -> Self {
        Self::new(name, Codec::Whatwg(encoding), aliases)
    }

    const fn wider(self, wider: &'static [&'static str]) -> Self {
        Self { wider, ..self }
    }

    const fn note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }
}

/// UTF-8 comes first: see [`super::Encoding::UTF_8`]. The labels are those of the standard, and the code
/// pages and other names that Windows and Python use.
pub(super) static CATALOGUE: &[Entry] = &[
    Entry::whatwg("utf-8", &whatwg::UTF_8_INIT, "cp65001 unicode-1-1-utf-8 unicode20utf8 x-unicode20utf8")
        .note("A byte order mark is a character like any other (U+FEFF): neither added nor taken away."),
    Entry::new(
        "utf-16le",
        Codec::Utf16Le,
        "utf-16 ucs-2 cp1200 csunicode iso-10646-ucs-2 unicode unicodefeff",
    )
    .note(
        "`utf-16` means this one, low byte first, as in browsers and on Windows; no byte order mark is \
         sent or looked for, while Python's utf-16 does both.",
    ),
    Entry::new("utf-16be", Codec::Utf16Be, "cp1201 unicodefffe")
        .note("High byte first; no byte order mark is sent or looked for."),
    Entry::new("ascii", Codec::Ascii, "us-ascii ansi_x3.4-1968 iso646-us csascii ibm367 cp367")
        .wider(&["latin1", "utf-8"])
        .note("Strictly 00 to 7f; browsers read this label as windows-1252."),
    Entry::new(
        "latin1",
        Codec::Latin1,
        "iso-8859-1 iso_8859-1:1987 iso-ir-100 csisolatin1 l1 cp819 ibm819 cp28591",
    )
    .wider(&["windows-1252"])
    .note("Strictly U+0000 to U+00FF, one byte each; browsers read this label as windows-1252."),
    Entry::whatwg("windows-1252", &whatwg::WINDOWS_1252_INIT, "cp1252 x-cp1252").note(
        "The five bytes that Windows leaves open (81, 8d, 8f, 90, 9d) are the control characters of that \
         number.",
    ),
    Entry::whatwg("iso-8859-15", &whatwg::ISO_8859_15_INIT, "latin9 l9 csisolatin9 cp28605"),
    Entry::whatwg("macintosh", &whatwg::MACINTOSH_INIT, "mac mac-roman x-mac-roman csmacintosh cp10000"),
    // Chinese
    Entry::new("gbk", Codec::Gbk, "gb2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 x-gbk")
        .wider(&["gb18030", "cp936"])
        .note(
            "Sends only what GBK 1.0 has, so that every peer can read it; reads all of the WHATWG standard's \
             gbk: 80 is €, and four bytes may be a character, as in gb18030. `gb2312` means this one.",
        ),
    Entry::whatwg("cp936", &whatwg::GBK_INIT, "ms936 windows-936").wider(&["gb18030"]).note(
        "The WHATWG standard's gbk in both directions: sends € as 80, and characters that Python's gbk \
         cannot read.",
    ),
    Entry::whatwg("gb18030", &whatwg::GB18030_INIT, "gb18030-2022 cp54936").note(
        "The edition of 2022; Python's gb18030 has older code points for 19 characters (ḿ, U+9FB4 to \
         U+9FBB and U+FE10 to U+FE19). The 18 private-use characters that had the bytes of the last two \
         before are still sent so, and read back as the new ones. U+E5E5 is not sent, and 80 is read as \
         €.",
    ),
    Entry::whatwg(
        "big5",
        &whatwg::BIG5_INIT,
        "cp950 ms950 windows-950 big5-hkscs big5-tw cn-big5 csbig5 x-x-big5",
    )
    .note(
        "Reads the Hong Kong characters (HKSCS) and sends only part of them; `cp950` means this one, and \
         differs from Windows in kana, Cyrillic, some symbols and private use.",
    ),
    // Japanese
    Entry::whatwg(
        "shift_jis",
        &whatwg::SHIFT_JIS_INIT,
        "cp932 sjis ms932 ms_kanji windows-31j windows-932 x-sjis csshiftjis",
    )
    .note(
        "Windows' code page 932, for that label too: 5c is \\ and 7e is ~. ¥, ‾ and − are sent as 5c, 7e \
         and 81 7c, and read back as \\, ~ and －; 〜 (U+301C) is not sent, for 81 60 is ～ (U+FF5E).",
    ),
    Entry::whatwg("euc-jp", &whatwg::EUC_JP_INIT, "ujis cp51932 x-euc-jp cseucpkdfmtjapanese").note(
        "Reads JIS X 0212 and does not send it; ¥, ‾ and − are sent as 5c, 7e and a1 dd, and read back as \
         \\, ~ and －.",
    ),
    Entry::whatwg("iso-2022-jp", &whatwg::ISO_2022_JP_INIT, "csiso2022jp").note(
        "Each text starts in ASCII and returns to it. Half-width katakana are sent as full-width ones and \
         − as －; two escape sequences in a row are fine, which the WHATWG standard calls an error.",
    ),
    // Korean
    Entry::whatwg(
        "euc-kr",
        &whatwg::EUC_KR_INIT,
        "cp949 uhc ms949 windows-949 korean iso-ir-149 ks_c_5601-1987 ks_c_5601-1989 ksc_5601 \
         csksc56011987 cseuckr",
    )
    .note(
        "Windows' code page 949: all 11,172 syllables in two bytes each, most of which Python's euc_kr \
         does not read.",
    ),
    // Cyrillic
    Entry::whatwg("windows-1251", &whatwg::WINDOWS_1251_INIT, "cp1251 x-cp1251"),
    Entry::whatwg("koi8-r", &whatwg::KOI8_R_INIT, "koi koi8 cskoi8r cp20866"),
    Entry::whatwg("koi8-u", &whatwg::KOI8_U_INIT, "koi8-ru cp21866")
        .note("ae and be are ў and Ў (as in koi8-ru), where Python's koi8_u has box lines."),
    Entry::whatwg("ibm866", &whatwg::IBM866_INIT, "cp866 866 csibm866"),
    Entry::whatwg(
        "iso-8859-5",
        &whatwg::ISO_8859_5_INIT,
        "cyrillic iso_8859-5:1988 iso-ir-144 csisolatincyrillic cp28595",
    ),
    Entry::whatwg("x-mac-cyrillic", &whatwg::X_MAC_CYRILLIC_INIT, "mac-cyrillic x-mac-ukrainian cp10007"),
    // Central and South-East European, Baltic, Nordic, Celtic
    Entry::whatwg("windows-1250", &whatwg::WINDOWS_1250_INIT, "cp1250 x-cp1250"),
    Entry::whatwg(
        "iso-8859-2",
        &whatwg::ISO_8859_2_INIT,
        "latin2 l2 iso_8859-2:1987 iso-ir-101 csisolatin2 cp28592",
    ),
    Entry::whatwg(
        "iso-8859-3",
        &whatwg::ISO_8859_3_INIT,
        "latin3 l3 iso_8859-3:1988 iso-ir-109 csisolatin3 cp28593",
    ),
    Entry::whatwg("iso-8859-16", &whatwg::ISO_8859_16_INIT, "latin10 l10"),
    Entry::whatwg("windows-1257", &whatwg::WINDOWS_1257_INIT, "cp1257 x-cp1257"),
    Entry::whatwg(
        "iso-8859-4",
        &whatwg::ISO_8859_4_INIT,
        "latin4 l4 iso_8859-4:1988 iso-ir-110 csisolatin4 cp28594",
    ),
    Entry::whatwg("iso-8859-13", &whatwg::ISO_8859_13_INIT, "latin7 l7 cp28603"),
    Entry::whatwg("iso-8859-10", &whatwg::ISO_8859_10_INIT, "latin6 l6 iso-ir-157 csisolatin6"),
    Entry::whatwg("iso-8859-14", &whatwg::ISO_8859_14_INIT, "latin8 l8"),
    // Greek, Turkish
    Entry::whatwg("windows-1253", &whatwg::WINDOWS_1253_INIT, "cp1253 x-cp1253"),
    Entry::whatwg(
        "iso-8859-7",
        &whatwg::ISO_8859_7_INIT,
        "greek greek8 iso_8859-7:1987 iso-ir-126 csisolatingreek ecma-118 elot_928 sun_eu_greek cp28597",
    ),
    Entry::whatwg(
        "windows-1254",
        &whatwg::WINDOWS_1254_INIT,
        "cp1254 x-cp1254 iso-8859-9 latin5 l5 iso_8859-9:1989 iso-ir-148 csisolatin5 cp28599",
    )
    .note(
        "`iso-8859-9` and `latin5` mean this one, as in browsers: 80 to 9f are \
         those of Windows (80 is €).",
    ),
    // Hebrew, Arabic
    Entry::whatwg("windows-1255", &whatwg::WINDOWS_1255_INIT, "cp1255 x-cp1255"),
    Entry::whatwg(
        "iso-8859-8",
        &whatwg::ISO_8859_8_INIT,
        "hebrew visual iso-8859-8-e iso_8859-8:1988 iso-ir-138 csisolatinhebrew csiso88598e cp28598",
    )
    .note("The characters come in the order of the wire, which by this name is the visual one."),
    Entry::whatwg("iso-8859-8-i", &whatwg::ISO_8859_8_I_INIT, "logical csiso88598i cp38598")
        .note("The same bytes as iso-8859-8; the name says that they are in the order of reading."),
    Entry::whatwg("windows-1256", &whatwg::WINDOWS_1256_INIT, "cp1256 x-cp1256"),
    Entry::whatwg(
        "iso-8859-6",
        &whatwg::ISO_8859_6_INIT,
        "arabic iso-8859-6-e iso-8859-6-i iso_8859-6:1987 iso-ir-127 csisolatinarabic csiso88596e \
         csiso88596i asmo-708 ecma-114 cp28596",
    ),
    // Vietnamese, Thai
    Entry::whatwg("windows-1258", &whatwg::WINDOWS_1258_INIT, "cp1258 x-cp1258").note(
        "Tone marks are characters of their own: letters that hold both (such as ế, U+1EBF) must be sent \
         in parts.",
    ),
    Entry::whatwg("windows-874", &whatwg::WINDOWS_874_INIT, "cp874 dos-874 tis-620 iso-8859-11").note(
        "`tis-620` and `iso-8859-11` mean this one, as in browsers: 80 to 9f are those \
         of Windows (80 is €).",
    ),
    // Bytes in the private use area
    Entry::whatwg("x-user-defined", &whatwg::X_USER_DEFINED_INIT, "")
        .note("ASCII, and 80 to ff as the private-use characters U+F780 to U+F7FF."),
];
