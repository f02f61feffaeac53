package org.selectord.dnsupdate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeededRightsTest {
    private static final OwnerName KEY = OwnerName.of("selectord");
    private static final OwnerName NEWS = OwnerName.of("_domainkey.news.example.org");
    private static final OwnerName OWN = OwnerName.of("_domainkey.example.org");
    private static final OwnerName FENCE = OwnerName.of("_selectord._domainkey.example.org");

    @Test
    void theFenceHasALineOfItsOwnOnlyWhereNoPairCoversIt() {
        assertThat(new NeededRights(List.of(NEWS), Optional.of(FENCE)).policy(KEY))
                .containsExactly(
                        "deny selectord name *._domainkey.news.example.org. ANY;",
                        "grant selectord wildcard *._domainkey.news.example.org. TXT;",
                        "grant selectord name _selectord._domainkey.example.org. TXT;");
        assertThat(new NeededRights(List.of(OWN), Optional.of(FENCE)).policy(KEY))
                .containsExactly(
                        "deny selectord name *._domainkey.example.org. ANY;",
                        "grant selectord wildcard *._domainkey.example.org. TXT;");
    }

    @Test
    void onlyNamesBelowAParentAndTheFenceAreNeeded() {
        NeededRights needed = new NeededRights(List.of(NEWS), Optional.of(FENCE));
        assertThat(needed.includes(NEWS)).isFalse();
        assertThat(needed.includes(NEWS.child("s1"))).isTrue();
        assertThat(needed.includes(FENCE)).isTrue();
        assertThat(needed.includes(FENCE.child("below"))).isFalse();
        assertThat(needed.includes(OWN.child("s1"))).isFalse();
    }

    @Test
    void aPartIsAboutItsNamesAlone() {
        NeededRights needed = new NeededRights(List.of(NEWS), Optional.of(FENCE));
        assertThat(needed.only(Set.of(FENCE)).policy(KEY)).hasSize(1);
        assertThat(needed.only(Set.of(NEWS)).policy(KEY)).hasSize(2);
    }
}
