# Prints the Makefile's targets with what stands behind their ##, under the headings that begin with ##.
/^## / { printf "\n%s\n", substr($0, 4) }
/^[a-z][a-z%-]*:.* ## / {
    target = $0; sub(/:.*/, "", target); sub(/%/, "CASE", target)
    text = $0; sub(/^.* ## /, "", text)
    printf "  make %-18s %s\n", target, text
}
