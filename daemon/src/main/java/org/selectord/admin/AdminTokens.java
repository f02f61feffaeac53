package org.selectord.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The tokens file: one line each, {@code name role sha256:<hex of the token's SHA-256>}; blank lines and lines that begin with {@code #} are skipped.
 * A file that others could read or anybody else could write is refused: who can add a line can rotate every key.
 */
public final class AdminTokens {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Set<PosixFilePermission> TOO_WIDE = EnumSet.of(
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);
    private static final String HOW = "a line is: name read|operate|admin sha256:<hex>, where <hex> is what"
            + " `printf %s \"$TOKEN\" | sha256sum` prints";

    private final List<AdminToken> tokens;

    private AdminTokens(List<AdminToken> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /** Reads all of the file, or says everything that is wrong with it. */
    public static AdminTokens read(Path file) throws AdminTokensException {
        try {
            Set<PosixFilePermission> tooWide = EnumSet.copyOf(TOO_WIDE);
            Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
            tooWide.retainAll(found);
            if (!tooWide.isEmpty()) {
                throw new AdminTokensException(
                        List.of("tokens file " + file + " is " + PosixFilePermissions.toString(found)
                                + ": others may read it, or others than its owner may write it; run `chmod 0640 " + file
                                + "`"));
            }
            return parse(file, Files.readAllLines(file, UTF_8));
        } catch (NoSuchFileException e) {
            throw new AdminTokensException(List.of("tokens file " + file + " is not there; " + HOW));
        } catch (MalformedInputException e) {
            throw new AdminTokensException(List.of("tokens file " + file + " is no UTF-8 text; " + HOW));
        } catch (IOException e) {
            throw new AdminTokensException(List.of("tokens file " + file + " cannot be read: " + e));
        }
    }

    private static AdminTokens parse(Path file, List<String> lines) throws AdminTokensException {
        Lines read = new Lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                read.line(i + 1, line);
            }
        }
        if (!read.problems.isEmpty()) {
            throw new AdminTokensException(read.problems);
        }
        return new AdminTokens(read.tokens);
    }

    /** What was read so far; a problem never quotes the third word, which may be a token itself, pasted by mistake. */
    private static final class Lines {
        private final Path file;
        private final List<AdminToken> tokens = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();
        private final Map<String, Integer> names = new HashMap<>();
        private final Map<String, Integer> digests = new HashMap<>();

        Lines(Path file) {
            this.file = file;
        }

        void line(int number, String line) {
            String[] words = line.split("\\s+", -1);
            if (words.length != 3) {
                problem(number, "has " + words.length + " words, not 3; " + HOW);
                return;
            }
            Optional<Role> role = Role.named(words[1]);
            if (!NAME.matcher(words[0]).matches()) {
                problem(number, "the name may have letters, digits and . _ @ - only, 64 at most");
            }
            if (role.isEmpty()) {
                problem(number, "\"" + words[1] + "\" is no role; there are read, operate and admin");
            }
            if (!SHA256.matcher(words[2]).matches()) {
                problem(number, "the third word is not sha256: and 64 lower-case hexadecimal digits; " + HOW);
            }
            unique(names, words[0], number, "the name \"" + words[0] + "\"");
            unique(digests, words[2], number, "the same token");
            role.ifPresent(known -> tokens.add(
                    new AdminToken(words[0], known, new AdminToken.Sha256(words[2].replace("sha256:", "")))));
        }

        private void unique(Map<String, Integer> seen, String word, int number, String what) {
            Integer first = seen.putIfAbsent(word, number);
            if (first != null) {
                problem(number, what + " is in line " + first + " already");
            }
        }

        private void problem(int number, String text) {
            problems.add(file + ":" + number + ": " + text);
        }
    }

    /** Whose token this is. Takes as long for a wrong one as for a right one. */
    Optional<AdminToken> holderOf(String presented) {
        byte[] digest = sha256(presented);
        Optional<AdminToken> holder = Optional.empty();
        for (AdminToken token : tokens) {
            if (token.sha256().is(digest)) {
                holder = Optional.of(token);
            }
        }
        return holder;
    }

    int count() {
        return tokens.size();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
