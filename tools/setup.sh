# What ./run and ./test have in common: a Python, its .venv, the locked packages, the libraries that draw PDFs.
# Sourced from the root of the tree. Every step is skipped when it is already done, so that a second start costs nothing.

python=.venv/bin/python

fail() {
    echo "$*" >&2
    exit 1
}

# Prints the first Python 3.11 or later; PYTHON=… goes before all others.
find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# A .venv whose Python was upgraded or whose making was interrupted cannot import pip: it is made anew.
make_environment() {
    if [ -x "$python" ] && "$python" -I -c 'import pip' 2>/dev/null; then
        return 0
    fi
    if ! base=$(find_python); then
        tools/system_packages python3 python3-venv || fail "Hace falta Python 3.11 o posterior."
        base=$(find_python) || fail "Hace falta Python 3.11 o posterior (PYTHON=/ruta/a/python $0)."
    fi
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        tools/system_packages python3-venv || fail "Sin el módulo venv de $base no se puede seguir."
    fi
    echo "Creando .venv con $("$base" --version)…"
    "$base" -m venv --clear .venv
}

# The copy of the lock beside the packages says what is installed: the same lock is never installed twice.
install_lock() {
    if cmp -s "$1" ".venv/installed-$1"; then
        return 0
    fi
    echo "Instalando $1…"
    "$python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$1" ||
        fail "No se pudo instalar $1."
    cp "$1" ".venv/installed-$1"
}

# WeasyPrint needs libraries that no wheel carries. Without them everything but PDFs works, so this never stops.
find_pdf_libraries() {
    if [ -e .venv/pdf-libraries-found ]; then
        return 0
    fi
    missing=$("$python" -I tools/system_libraries.py)
    # shellcheck disable=SC2086  # a list of package names, meant to be split
    if [ -z "$missing" ] || tools/system_packages $missing; then
        : >.venv/pdf-libraries-found
    else
        echo "Mientras tanto todo funciona menos los PDF." >&2
    fi
}
