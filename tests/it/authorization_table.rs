const WHO_MAY: &[(&str, [u16; 10])] = &[
];
