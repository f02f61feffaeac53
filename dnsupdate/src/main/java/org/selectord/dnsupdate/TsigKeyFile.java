package org.selectord.dnsupdate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * TSIG keys as BIND keeps them: {@code key "name" { algorithm hmac-sha256; secret "..."; };}, with the three kinds of comment of named.conf,
 * as {@code tsig-keygen} prints it.
 *
 * @param keys in the order of the file, in which the newest is the first
 */
public record TsigKeyFile(List<TsigKey> keys) {
    private static final Set<PosixFilePermission> TOO_WIDE = EnumSet.of(
            PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    public TsigKeyFile {
        keys = List.copyOf(keys);
    }

    /** Reads a file with at least one key; refuses one that others than its owner and group may read, or others than its owner write. */
    public static TsigKeyFile read(Path file) throws TsigKeyFileException {
        try {
            refuseTooWide(file);
            return new Reader(file.toString(), Files.readString(file, StandardCharsets.UTF_8)).file();
        } catch (NoSuchFileException e) {
            throw new TsigKeyFileException("TSIG key file " + file + " does not exist", e);
        } catch (IOException e) {
            throw new TsigKeyFileException("TSIG key file " + file + " cannot be read: " + e, e);
        }
    }

    private static void refuseTooWide(Path file) throws IOException, TsigKeyFileException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (permissions.stream().anyMatch(TOO_WIDE::contains)) {
            throw new TsigKeyFileException("TSIG key file " + file + " may be read or changed by others ("
                    + PosixFilePermissions.toString(permissions) + "): chmod 0600 " + file);
        }
    }

    /** One word or one of {@code { } ;}, and where it stands. */
    private record Token(String text, int line) {}

    private static final class Reader {
        private static final Pattern TOKEN = Pattern.compile(
                "(?<blank>\\s+|//[^\\n]*|#[^\\n]*|/\\*.*?\\*/)"
                        + "|\"(?<quoted>[^\"\\n]*)\"|(?<mark>[{};])|(?<open>/\\*)|(?<word>[^\\s{};\"]+)",
                Pattern.DOTALL);

        private final String file;
        private final List<Token> tokens;
        private int next;

        Reader(String file, String text) throws TsigKeyFileException {
            this.file = file;
            this.tokens = tokens(text);
        }

        private List<Token> tokens(String text) throws TsigKeyFileException {
            List<Token> found = new ArrayList<>();
            Matcher matcher = TOKEN.matcher(text);
            int line = 1;
            int at = 0;
            while (at < text.length()) {
                if (!matcher.find(at) || matcher.start() != at) {
                    throw wrong(line, "a quotation mark is not closed");
                }
                if (matcher.group("open") != null) {
                    throw wrong(line, "a comment is not closed");
                }
                if (matcher.group("blank") == null) {
                    String quoted = matcher.group("quoted");
                    found.add(new Token(quoted == null ? matcher.group() : quoted, line));
                }
                line += (int) matcher.group().chars().filter(c -> c == '\n').count();
                at = matcher.end();
            }
            return found;
        }

        TsigKeyFile file() throws TsigKeyFileException {
            List<TsigKey> keys = new ArrayList<>(List.of(key()));
            while (next < tokens.size()) {
                keys.add(key());
            }
            return new TsigKeyFile(keys);
        }

        private TsigKey key() throws TsigKeyFileException {
            expect("key");
            Token name = take("the name of the key");
            expect("{");
            Map<String, Token> clauses = clauses();
            expect(";");
            String algorithm = algorithm(clause(clauses, "algorithm", name));
            TsigSecret secret = secret(clause(clauses, "secret", name));
            return new TsigKey(ownerName(name), algorithm, secret);
        }

        private Map<String, Token> clauses() throws TsigKeyFileException {
            Map<String, Token> found = new HashMap<>();
            for (Token clause = take("algorithm, secret or }"); !clause.text().equals("}"); clause = take("}")) {
                String called = clause.text().toLowerCase(Locale.ROOT);
                if (!called.equals("algorithm") && !called.equals("secret")) {
                    throw wrong(clause.line(), "expected algorithm, secret or }");
                }
                if (found.put(called, take("the value of " + called)) != null) {
                    throw wrong(clause.line(), called + " is given twice");
                }
                expect(";");
            }
            return found;
        }

        private Token clause(Map<String, Token> clauses, String called, Token name) throws TsigKeyFileException {
            Token clause = clauses.get(called);
            if (clause == null) {
                throw wrong(name.line(), "key \"" + name.text() + "\" has no " + called);
            }
            return clause;
        }

        private OwnerName ownerName(Token name) throws TsigKeyFileException {
            try {
                return OwnerName.of(name.text());
            } catch (IllegalArgumentException e) {
                throw wrong(name.line(), "\"" + name.text() + "\" is no name for a key: " + e.getMessage());
            }
        }

        private String algorithm(Token written) throws TsigKeyFileException {
            String algorithm = written.text().toLowerCase(Locale.ROOT);
            if (algorithm.startsWith("hmac-md5")) {
                throw wrong(written.line(), TsigKey.NO_MD5);
            }
            if (!TsigKey.ALGORITHMS.contains(algorithm)) {
                throw wrong(
                        written.line(),
                        "algorithm \"" + algorithm + "\" is not known here: one of hmac-sha256, hmac-sha224,"
                                + " hmac-sha384, hmac-sha512, hmac-sha1");
            }
            return algorithm;
        }

        private TsigSecret secret(Token written) throws TsigKeyFileException {
            try {
                byte[] octets = Base64.getDecoder().decode(written.text());
                if (octets.length == 0) {
                    throw wrong(written.line(), "the secret is empty");
                }
                return new TsigSecret(octets);
            } catch (IllegalArgumentException e) {
                // the cause quotes a character of the secret, so it stays here
                throw wrong(written.line(), "the secret is not base64");
            }
        }

        private Token take(String wanted) throws TsigKeyFileException {
            if (next == tokens.size()) {
                int line = tokens.isEmpty() ? 1 : tokens.get(tokens.size() - 1).line();
                throw wrong(line, "the file ends where " + wanted + " should be");
            }
            return tokens.get(next++);
        }

        private void expect(String text) throws TsigKeyFileException {
            Token token = take(text);
            if (!token.text().equals(text)) {
                // what stands there instead may be the secret
                throw wrong(token.line(), "expected " + text);
            }
        }

        private TsigKeyFileException wrong(int line, String what) {
            return new TsigKeyFileException("TSIG key file " + file + ", line " + line + ": " + what);
        }
    }
}
