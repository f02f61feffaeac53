package org.selectord.signer.opendkim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code opendkim.conf} says, read as OpenDKIM reads it, and what in it would keep our lines from deciding. It is never written. A parameter given twice
 * holds as given last; {@code KeyFile}, {@code Domain} and {@code Selector} are ignored beside a KeyTable (both seen with OpenDKIM 2.11).
 */
public final class OpenDkimConf {
    private static final int DEEPEST_INCLUDE = 5;

    private final Path file;
    private final Map<String, String> settings = new HashMap<>();
    private final List<String> unreadable = new ArrayList<>();

    private OpenDkimConf(Path file) {
        this.file = file;
        read(file, 0);
    }

    public static OpenDkimConf read(Path file) {
        return new OpenDkimConf(file);
    }

    private void read(Path path, int level) {
        if (level > DEEPEST_INCLUDE) {
            unreadable.add(file + " includes files more than " + DEEPEST_INCLUDE + " deep, at " + path);
            return;
        }
        try {
            String text = Files.readString(path, StandardCharsets.ISO_8859_1);
            text.lines().forEach(line -> readLine(line, level));
        } catch (IOException e) {
            unreadable.add("OpenDKIM's configuration " + path + " cannot be read: " + said(e)
                    + "; selectord has to read it to know which tables OpenDKIM uses");
        }
    }

    private static String said(IOException e) {
        return e instanceof java.nio.file.NoSuchFileException
                ? "there is no such file"
                : e instanceof java.nio.file.AccessDeniedException
                        ? "permission denied"
                        : String.valueOf(e.getMessage());
    }

    private void readLine(String line, int level) {
        String[] nameAndValue = line.split("#", 2)[0].strip().split("[ \t]+", 2);
        if (nameAndValue.length < 2) {
            return;
        }
        String name = nameAndValue[0].toLowerCase(Locale.ROOT);
        String value = nameAndValue[1].strip();
        if (name.equals("include")) {
            read(Path.of(value), level + 1);
        } else {
            settings.put(name, value);
        }
    }

    private Optional<String> value(String name) {
        return Optional.ofNullable(settings.get(name.toLowerCase(Locale.ROOT)));
    }

    private boolean isOn(String name) {
        return value(name)
                .filter(value -> "tTyY1".indexOf(value.charAt(0)) >= 0)
                .isPresent();
    }

    /** Each a text for people: what is wrong, which lines to change, and the exact lines that carry today's keys over first. */
    public List<String> problems(OpenDkimSettings signer) {
        List<String> problems = new ArrayList<>(unreadable);
        if (problems.isEmpty()) {
            problems.addAll(tableProblems(signer));
            problems.addAll(optionProblems());
            openDirectory(signer.directory()).ifPresent(problems::add);
        }
        return problems;
    }

    // ---- the two tables

    private List<String> tableProblems(OpenDkimSettings signer) {
        boolean keyTable = value("KeyTable")
                .filter(value -> isTable(value, signer.keyTable(), true))
                .isPresent();
        boolean signingTable = value("SigningTable")
                .filter(value -> isTable(value, signer.signingTable(), false))
                .isPresent();
        if (keyTable && signingTable) {
            return List.of();
        }
        return List.of(file + " does not make OpenDKIM read selectord's tables (KeyTable is "
                + value("KeyTable").orElse("not set") + ", SigningTable is "
                + value("SigningTable").orElse("not set")
                + "). " + carryOver(signer) + "Then set in " + file + " these two lines, and restart OpenDKIM:\n"
                + "    KeyTable     file:" + signer.keyTable() + "\n"
                + "    SigningTable refile:" + signer.signingTable());
    }

    /** A SigningTable that is no {@code refile:} takes no patterns. A path alone is a {@code file:}. */
    private boolean isTable(String value, Path ours, boolean plainToo) {
        Optional<Path> path = fileOf(value);
        boolean kind = value.startsWith("refile:") || plainToo;
        return kind && path.isPresent() && isSame(path.get(), ours);
    }

    private Optional<Path> fileOf(String value) {
        String path = value.replaceFirst("^(re)?file:", "");
        boolean relative = path.startsWith("./") || path.startsWith("../") || path.length() < value.length();
        if (!path.startsWith("/") && !relative) {
            return Optional.empty();
        }
        Path base = Path.of(value("BaseDirectory").orElse("/"));
        return Optional.of(base.resolve(path).normalize());
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return one.equals(other) || Files.isSameFile(one, other);
        } catch (IOException e) {
            return false; // at least one of them is not there
        }
    }

    private String carryOver(OpenDkimSettings signer) {
        List<String> keyLines = new ArrayList<>();
        List<String> signingLines = new ArrayList<>();
        if (value("KeyTable").isPresent()) {
            keyLines.addAll(content("KeyTable", signer.keyTable()));
            signingLines.addAll(signingContent(signer));
        } else if (value("KeyFile").isPresent()) {
            for (String domain : list(value("Domain").orElse(""))) {
                String selector = value("Selector").orElse("default");
                String name = selector + "._domainkey." + domain;
                keyLines.add(name + " " + domain + ":" + selector + ":"
                        + value("KeyFile").get());
                signingLines.add("*@" + domain + " " + name);
                if (isOn("SubDomains")) {
                    signingLines.add("*@*." + domain + " " + name);
                }
            }
        }
        if (keyLines.isEmpty() && signingLines.isEmpty()) {
            return "";
        }
        return "First carry over what signs today, so that it goes on: add to " + signer.keyTable()
                + ", below the line \"# END selectord\":\n" + indented(keyLines) + "and to " + signer.signingTable()
                + ":\n"
                + indented(signingLines);
    }

    private static String indented(List<String> lines) {
        return lines.stream().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    /** The lines of a table that is not ours; of one that is ours already there is nothing to carry over. */
    private List<String> content(String table, Path ours) {
        String value = value(table).orElse("");
        Optional<Path> path = fileOf(value);
        if (path.isEmpty()) {
            return value.isEmpty() ? List.of() : List.of("# the content of " + value + ", as lines of a text file");
        }
        return isSame(path.get(), ours) ? List.of() : linesOf(path.get());
    }

    private static List<String> linesOf(Path path) {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(line -> line.split("#", 2)[0].strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            return List.of("# the content of " + path + " (" + said(e) + ")");
        }
    }

    private List<String> signingContent(OpenDkimSettings signer) {
        String value = value("SigningTable").orElse("");
        boolean patterns = value.startsWith("refile:");
        Optional<Path> path = fileOf(value);
        // ours, but read as file: only the prefix has to change, and the lines in it have to become patterns
        List<String> lines = !patterns && path.isPresent()
                ? linesOf(path.get()).stream()
                        .filter(line -> SigningLine.parse(line).isEmpty())
                        .toList()
                : content("SigningTable", signer.signingTable());
        return patterns ? lines : asPatterns(lines);
    }

    /** A {@code file:} table is asked for the most exact name first (opendkim.conf(5), SigningTable); a {@code refile:} from top to bottom. */
    private static List<String> asPatterns(List<String> lines) {
        return lines.stream()
                .sorted(Comparator.comparingInt(OpenDkimConf::rank)
                        .thenComparingInt(line -> -line.split("\\s+", 2)[0].length()))
                .map(OpenDkimConf::asPattern)
                .toList();
    }

    private static int rank(String line) {
        String key = line.split("\\s+", 2)[0];
        if (key.startsWith("#")) {
            return 0;
        } else if (key.equals("*")) {
            return 6;
        } else if (key.endsWith("@*")) {
            return 5;
        } else if (key.startsWith(".")) {
            return 4;
        } else if (key.contains("@.")) {
            return 3;
        }
        return key.contains("@") ? 1 : 2;
    }

    private static String asPattern(String line) {
        String key = line.split("\\s+", 2)[0];
        String rest = line.substring(key.length());
        if (key.startsWith("#") || key.equals("*")) {
            return line;
        } else if (key.startsWith(".")) {
            return "*@*" + key + rest;
        } else if (key.contains("@.")) {
            return key.replace("@.", "@*.") + rest;
        }
        return (key.contains("@") ? key : "*@" + key) + rest;
    }

    /** A data set written in place, or the lines of its file. */
    private List<String> list(String value) {
        return fileOf(value)
                .map(OpenDkimConf::linesOf)
                .orElseGet(() -> Stream.of(value.replaceFirst("^csl:", "").split(","))
                        .map(String::strip)
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    // ---- the rest

    private List<String> optionProblems() {
        List<String> problems = new ArrayList<>();
        if (isOn("MultipleSignatures")) {
            problems.add(
                    "MultipleSignatures is on in " + file
                            + ": OpenDKIM would sign with every line that matches, so that no line can overrule another; set it to no");
        }
        value("Mode")
                .filter(mode -> !mode.contains("s"))
                .ifPresent(mode -> problems.add(
                        "Mode is " + mode + " in " + file + ": this OpenDKIM does not sign at all; set it to s or sv"));
        value("SignatureAlgorithm")
                .filter(algorithm -> !algorithm.equalsIgnoreCase("rsa-sha256"))
                .ifPresent(algorithm -> problems.add("SignatureAlgorithm is " + algorithm + " in " + file
                        + ": with it an RSA key makes signatures that verifiers refuse (RFC 8301); remove that line"));
        value("ChangeRootDirectory")
                .ifPresent(root -> problems.add("ChangeRootDirectory is " + root + " in " + file
                        + ": OpenDKIM would look for the paths in selectord's tables below it; remove that line"));
        return problems;
    }

    /** RequireSafeKeys, which is on by default: OpenDKIM then refuses mail rather than use a key that others could replace. */
    private Optional<String> openDirectory(Path directory) {
        boolean lax = value("RequireSafeKeys").isPresent() && !isOn("RequireSafeKeys");
        return lax
                ? Optional.empty()
                : Stream.iterate(directory, path -> path != null, Path::getParent)
                        .filter(OpenDkimConf::isWritableByAll)
                        .findFirst()
                        .map(open -> "anybody can write to " + open
                                + ", so that OpenDKIM refuses every key below it and all mail signed with one (RequireSafeKeys): "
                                + (open.equals(directory) ? "chmod 700 " + open : "use a directory elsewhere"));
    }

    private static boolean isWritableByAll(Path path) {
        try {
            return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException e) {
            return false; // not there yet, and then it is made 0700
        }
    }
}
