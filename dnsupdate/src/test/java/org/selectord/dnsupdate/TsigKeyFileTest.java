package org.selectord.dnsupdate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TsigKeyFileTest {
    private static final String SECRET = "c2VsZWN0b3JkLXNlbGVjdG9yZC1zZWxlY3RvcmQtc2U=";

    @TempDir
    Path directory;

    @Test
    void whatTsigKeygenPrintsIsRead() throws Exception {
        TsigKey read =
                read("key \"selectord.Example.org\" {\n\talgorithm hmac-sha256;\n\tsecret \"" + SECRET + "\";\n};\n");
        assertThat(read.name()).isEqualTo(OwnerName.of("selectord.example.org"));
        assertThat(read.algorithm()).isEqualTo("hmac-sha256");
        assertThat(new String(read.secret().reveal(), StandardCharsets.UTF_8))
                .isEqualTo("selectord-selectord-selectord-se");
        assertThat(read.warning()).isEmpty();
        assertThat(read.older()).isEmpty();
    }

    @Test
    void commentsOrderAndMissingQuotesDoNotMatter() throws Exception {
        TsigKey read =
                read("# made by hand\n// for /* the */ mail host\n/* two\n lines */ KEY k {".replace("KEY", "key")
                        + " secret " + SECRET + "; /**/ algorithm HMAC-SHA512 ; } ; # end");
        assertThat(read.name()).isEqualTo(OwnerName.of("k"));
        assertThat(read.algorithm()).isEqualTo("hmac-sha512");
    }

    @Test
    void ofSeveralKeysTheFirstIsTheNewest() throws Exception {
        TsigKey read =
                read(key("hmac-sha512", SECRET).replace("\"k\"", "\"new\"") + "\n" + key("hmac-sha256", SECRET) + "\n");
        assertThat(read.name()).isEqualTo(OwnerName.of("new"));
        assertThat(read.algorithm()).isEqualTo("hmac-sha512");
        assertThat(read.older()).map(TsigKey::name).contains(OwnerName.of("k"));
    }

    @Test
    void hmacSha1IsTakenWithAWarning() throws Exception {
        assertThat(read(key("hmac-sha1", SECRET)).warning())
                .hasValueSatisfying(warning -> assertThat(warning).contains("hmac-sha1", "tsig-keygen -a hmac-sha256"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    key "k" {\\n algorithm hmac-md5;\\n secret "S";\\n};            | line 2 | hmac-md5 must not be used
                    key "k" {\\n algorithm hmac-md5.sig-alg.reg.int;\\n secret "S";\\n}; | line 2 | hmac-md5 must not be used
                    key "k" {\\n\\n algorithm hmac-sha3;\\n secret "S";\\n};         | line 3 | is not known here
                    key "k" {\\n algorithm hmac-sha256;\\n secret "S!";\\n};         | line 3 | the secret is not base64
                    key "k" {\\n algorithm hmac-sha256;\\n secret "";\\n};           | line 3 | the secret is empty
                    key "k" {\\n algorithm hmac-sha256;\\n secret "S\\n};            | line 3 | a quotation mark is not closed
                    key "k" {\\n algorithm hmac-sha256;\\n};                        | line 1 | has no secret
                    key "k" {\\n secret "S";\\n};                                   | line 1 | has no algorithm
                    key "k" {\\n secret "S";\\n secret "S";\\n};                     | line 3 | secret is given twice
                    key "k" {\\n secret "S"\\n};                                    | line 3 | expected ;
                    key "S" "S" {\\n secret "S"\\n};                                | line 1 | expected {
                    key "k" {\\n secret "S";                                       | line 2 | the file ends where }
                    key "k k" { algorithm hmac-sha256; secret "S"; };             | line 1 | is no name for a key
                    /* key                                                       | line 1 | a comment is not closed
                    options { };                                                 | line 1 | expected key
                    key "k" { algorithm hmac-sha256; secret "S"; };\\nkey "l" {};  | line 2 | has no algorithm
                    ''                                                           | line 1 | the file ends where key
                    """)
    void whatIsWrongIsSaidWithItsLineAndWithoutTheSecret(String text, String line, String what) {
        String written = text.replace("\\n", "\n").replace("S", SECRET);
        assertThatExceptionOfType(TsigKeyFileException.class)
                .isThrownBy(() -> read(written))
                .withMessageContaining(directory.toString())
                .withMessageContaining(line + ":")
                .withMessageContaining(what)
                .satisfies(e -> assertThat(e.toString()).doesNotContain(SECRET.substring(0, 8)))
                .withNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw----", "rw-----w-", "rw-r---w-"})
    void aFileThatOthersMayReadOrChangeIsRefusedWithTheCommandThatMendsIt(String permissions) {
        assertThatExceptionOfType(TsigKeyFileException.class)
                .isThrownBy(() -> read(key("hmac-sha256", SECRET), permissions))
                .withMessageContaining("chmod 0600 " + directory.resolve("tsig.key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----"})
    void aFileOfItsOwnerAndGroupIsRead(String permissions) throws Exception {
        assertThat(read(key("hmac-sha256", SECRET), permissions).name()).isEqualTo(OwnerName.of("k"));
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatExceptionOfType(TsigKeyFileException.class)
                .isThrownBy(() -> TsigKeyFile.read(directory.resolve("none")))
                .withMessageContaining("none does not exist");
    }

    @Test
    void neitherKeyNorFilePrintsTheSecret() throws Exception {
        assertThat(read(key("hmac-sha256", SECRET)).toString())
                .contains("<secret>")
                .doesNotContain(SECRET)
                .doesNotContain("selectord-selectord");
    }

    private static String key(String algorithm, String secret) {
        return "key \"k\" { algorithm " + algorithm + "; secret \"" + secret + "\"; };";
    }

    private TsigKey read(String text) throws IOException, TsigKeyFileException {
        return read(text, "rw-------");
    }

    private TsigKey read(String text, String permissions) throws IOException, TsigKeyFileException {
        Path file = directory.resolve("tsig.key");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return TsigKey.newestFirst(TsigKeyFile.read(file).keys());
    }
}
