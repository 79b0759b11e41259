//! A thousand call sites.

macro_rules! ten {
    ($ten:ident) => {
        ten!($ten; a b c d e f g h i j);
    };
    ($ten:ident; $($name:ident)*) => {
        $(mod $name {
            $ten!();
        })*

        pub(super) fn sites() {
            $($name::sites();)*
        }
    };
}

macro_rules! hundred {
    () => {
        ten!(tenth);
    };
}

macro_rules! tenth {
    () => {
        ten!(site);
    };
}

macro_rules! site {
    () => {
        #[inline(never)]
        pub(super) fn sites() {
            // The path keeps the optimiser from making one function of them all.
            drop(std::hint::black_box(module_path!().to_owned()));
        }
    };
}

ten!(hundred);
