package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

class OpenDkimTablesTest {
    private static final SigningDomain ORG = new SigningDomain("example.org");
    private static final SigningDomain NET = new SigningDomain("example.net");
    private static final String BEGIN =
            "# BEGIN selectord: rewritten by selectord; write your own lines below the end of this block\n";
    private static final String END = "# END selectord\n";

    private static KeyLine key(SigningDomain domain, String selector) {
        return new KeyLine(
                domain,
                new Selector(selector),
                Path.of("/etc/opendkim/selectord/keys", domain.name(), selector + ".private"));
    }

    private static Map<SigningDomain, Optional<KeyLine>> wanted(SigningDomain domain, String selector) {
        return Map.of(domain, Optional.of(key(domain, selector)));
    }

    private static OpenDkimTables tables(String keyTable, String signingTable) throws TableException {
        return OpenDkimTables.parse(keyTable, signingTable);
    }

    @Test
    void emptyTablesGetTheMarkersAndTheLines() throws TableException {
        OpenDkimTables told = tables("", "").telling(wanted(ORG, "s1"));

        assertThat(told.keyTable())
                .isEqualTo(BEGIN
                        + "selectord.s1._domainkey.example.org example.org:s1:/etc/opendkim/selectord/keys/example.org/s1.private\n"
                        + END);
        assertThat(told.signingTable()).isEqualTo(BEGIN + "*@example.org selectord.s1._domainkey.example.org\n" + END);
        assertThat(told.problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*@example.org mail\n",
                "*@example.org mail",
                "\r\n# hand-made\r\n*@example.com\tmail\r\n",
                "\n\n\n",
                "*@ex\u00e4mple.org mail # caf\u00e9\n \t \n",
                "#BEGIN selectord\n",
                "no newline at the end and \r in the middle"
            })
    void linesThatAreNotOursStayToTheOctetBehindOurs(String foreign) throws TableException {
        OpenDkimTables told = tables(foreign, foreign).telling(wanted(ORG, "s1"));

        assertThat(told.signingTable())
                .isEqualTo(BEGIN + "*@example.org selectord.s1._domainkey.example.org\n" + END + foreign);
        assertThat(told.keyTable()).endsWith(END + foreign);

        OpenDkimTables untold = tables(told.keyTable(), told.signingTable()).telling(Map.of(ORG, Optional.empty()));

        assertThat(untold.signingTable()).isEqualTo(BEGIN + END + foreign);
    }

    @Test
    void aBlockThatSomebodyMovedDownStandsFirstAgain() throws TableException {
        String moved = "*@example.com a\n" + BEGIN + "*@example.net selectord.n1._domainkey.example.net\n" + END
                + "*@example.org b";

        assertThat(tables("", moved).signingTable())
                .isEqualTo(BEGIN + "*@example.net selectord.n1._domainkey.example.net\n" + END
                        + "*@example.com a\n*@example.org b");
    }

    @Test
    void aBlockWithDosLineEndsIsReadAsOurs() throws TableException {
        OpenDkimTables told = tables("", "").telling(wanted(ORG, "s1"));

        OpenDkimTables read = tables(
                told.keyTable().replace("\n", "\r\n"), told.signingTable().replace("\n", "\r\n"));

        assertThat(read.keyTable()).isEqualTo(told.keyTable());
        assertThat(read.signingTable()).isEqualTo(told.signingTable());
    }

    @Test
    void aDomainThatIsNotNamedKeepsItsLines() throws TableException {
        OpenDkimTables both =
                tables("", "").telling(Map.of(ORG, Optional.of(key(ORG, "s1")), NET, Optional.of(key(NET, "n1"))));

        OpenDkimTables flipped = both.telling(wanted(ORG, "s2"));

        assertThat(flipped.signing().ours().stream().map(SigningLine::text))
                .containsExactly(
                        "*@example.net selectord.n1._domainkey.example.net",
                        "*@example.org selectord.s2._domainkey.example.org");
        assertThat(flipped.told(NET)).containsExactly(new Selector("n1"));
        assertThat(flipped.told(ORG)).containsExactly(new Selector("s2"));
    }

    @Test
    void ofTheTwoTablesEitherMayBeReadOldOrNew() throws TableException {
        OpenDkimTables before = tables("", "").telling(wanted(ORG, "s1"));
        OpenDkimTables after = before.telling(wanted(ORG, "s2"));

        assertThat(before.problems()).isEmpty();
        assertThat(after.problems()).isEmpty();
        assertThat(new OpenDkimTables(after.keys(), before.signing()).problems())
                .as("KeyTable is written first")
                .isEmpty();
    }

    @Test
    void aKeyThatNothingUsedWhenTheCallBeganIsDropped() throws TableException {
        OpenDkimTables s3 = tables("", "")
                .telling(wanted(ORG, "s1"))
                .telling(wanted(ORG, "s2"))
                .telling(wanted(ORG, "s3"));

        assertThat(s3.keys().ours().stream().map(line -> line.selector().name()))
                .containsExactly("s2", "s3");
        assertThat(s3.pruned().keys().ours().stream()
                        .map(line -> line.selector().name()))
                .containsExactly("s3");
    }

    @Test
    void aKeyThatALineOfSomebodyElseNamesStays() throws TableException {
        OpenDkimTables told = tables("", "boss@example.com selectord.s1._domainkey.example.org\n")
                .telling(wanted(ORG, "s1"))
                .telling(wanted(ORG, "s2"))
                .telling(wanted(ORG, "s3"));

        assertThat(told.keys().ours().stream().map(line -> line.selector().name()))
                .containsExactly("s1", "s2", "s3");
        assertThat(told.isReferenced("selectord.s1._domainkey.example.org")).isTrue();
    }

    @Test
    void tellingTheSameAgainChangesNothing() throws TableException {
        OpenDkimTables told = tables("x a:b:/c\n", "*@b x\n").telling(wanted(ORG, "s1"));

        OpenDkimTables again = told.telling(wanted(ORG, "s1"));

        assertThat(again.keyTable()).isEqualTo(told.keyTable());
        assertThat(again.signingTable()).isEqualTo(told.signingTable());
    }

    @Test
    void whatIsPrintedIsRead() throws TableException {
        OpenDkimTables told = tables("x a:b:/c\n", "*@b x\n")
                .telling(Map.of(ORG, Optional.of(key(ORG, "a.b")), NET, Optional.of(key(NET, "n-1"))));

        OpenDkimTables read = tables(told.keyTable(), told.signingTable());

        assertThat(read.keys().ours()).isEqualTo(told.keys().ours());
        assertThat(read.signing().ours()).isEqualTo(told.signing().ours());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# BEGIN selectord\n",
                "# BEGIN selectord\n*@example.org selectord.s1._domainkey.example.org\n",
                "# END selectord\n",
                "# END selectord\n# BEGIN selectord\n",
                "# BEGIN selectord\n# BEGIN selectord\n# END selectord\n",
                "# BEGIN selectord\n# END selectord\n# END selectord\n",
                "# BEGIN selectord\n# END selectord\n# BEGIN selectord\n# END selectord\n",
                "# BEGIN selectord\n*@example.com mail\n# END selectord\n",
                "# BEGIN selectord\n\n# END selectord\n",
                "# BEGIN selectord\n*@Example.org selectord.s1._domainkey.example.org\n# END selectord\n",
            })
    void damagedMarkersAreRefusedRatherThanGuessedAt(String text) {
        assertThatThrownBy(() -> tables("", text))
                .isInstanceOf(TableException.class)
                .hasMessageStartingWith("SigningTable: ")
                .hasMessageContaining("line ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "selectord.s1._domainkey.example.org example.org:s2:/k",
                "selectord.s1._domainkey.example.org example.net:s1:/k",
                "selectord.s1._domainkey.example.org example.org:s1:relative",
                "mail example.org:s1:/k",
                "selectord.s1._domainkey.example.org example.org:s1"
            })
    void aKeyLineBetweenTheMarkersThatWeWouldNotWriteIsRefused(String line) {
        assertThatThrownBy(() -> tables(BEGIN + line + "\n" + END, ""))
                .hasMessageContaining("KeyTable: line 2 stands between selectord's markers and is none of its lines");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*@exa(mple.org a", "*@exa[mple.org a"})
    void aPatternThatWouldKeepOpenDkimFromLoadingIsFound(String line) throws TableException {
        assertThat(tables("", "# fine (really\n" + line + "\n").problems())
                .singleElement()
                .asString()
                .contains("cannot compile the pattern of the line \"" + line + "\"");
    }

    @Test
    void aPatternTooLongToLoadIsFound() throws TableException {
        assertThat(tables("", "a".repeat(1023) + " b\n").problems()).hasSize(1);
        assertThat(tables("", "a".repeat(1022) + " b\n").problems()).isEmpty();
    }

    @Test
    void ourLineThatWouldBeCutIsFound() throws TableException {
        KeyLine line = new KeyLine(ORG, new Selector("s1"), Path.of("/" + "d/".repeat(500) + "s1.private"));

        assertThat(tables("", "").telling(Map.of(ORG, Optional.of(line))).problems())
                .singleElement()
                .asString()
                .contains("more than 1022 octets");
    }

    @Test
    void aLineOfOursWithoutItsKeyIsFound() throws TableException {
        OpenDkimTables told = tables("", "").telling(wanted(ORG, "s1"));

        assertThat(tables("", told.signingTable()).problems())
                .isEqualTo(List.of(
                        "SigningTable names selectord.s1._domainkey.example.org, which KeyTable does not have"));
    }

    @Test
    void aKeyFileThatALineOfSomebodyElseUsesIsKnown() throws TableException {
        OpenDkimTables tables = tables("mine example.org:s1:/keys/s1.private\n# x a:b:/keys/s2.private\n", "");

        assertThat(tables.isUsedByOthers(Path.of("/keys/s1.private"))).isTrue();
        assertThat(tables.isUsedByOthers(Path.of("/keys/s2.private"))).isFalse();
    }
}
