# The same as JSON Lines. The header becomes a blank line, so that line numbers agree.
BEGIN { FS = "," }
NR == 1 { n = split($0, name, ","); print ""; next }
{
    line = ""
    for (i = 1; i <= n; i++) {
        if ($i == "") continue
        if (name[i] ~ /(lat|long|status)$/) text = $i
        else if (name[i] ~ /(scopes|urls)$/) { text = $i; gsub(/ /, "\",\"", text); text = "[\"" text "\"]" }
        else text = "\"" $i "\""
        line = line (line == "" ? "" : ",") "\"" name[i] "\":" text
    }
    print "{" line "}"
}
