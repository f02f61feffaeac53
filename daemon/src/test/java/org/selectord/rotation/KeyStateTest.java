package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KeyStateTest {
    @Test
    void aRemovedKeyGoesNowhere() {
        assertThat(KeyState.REMOVED.next()).isEmpty();
    }

    @Test
    void aKeyNeverSkipsReadyOnItsWayToActive() {
        assertThat(KeyState.GENERATED.next()).doesNotContain(KeyState.READY, KeyState.ACTIVE);
        assertThat(KeyState.PUBLISHED.next()).doesNotContain(KeyState.ACTIVE);
    }

    @Test
    void anArrowThatIsNotThereIsRefusedByName() {
        ManagedKey key = new Story().generated(1).key(1);

        assertThatThrownBy(() -> key.reached(KeyState.ACTIVE, Story.START))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("s1/example.org cannot go from GENERATED to ACTIVE");
    }

    @Test
    void goingBackDropsTheLaterInstants() {
        ManagedKey key = new Story().ready(1).key(1).reached(KeyState.PUBLISHED, Story.START);

        assertThat(key.state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(key.reachedAt(KeyState.READY)).isEmpty();
        assertThat(key.reachedAt(KeyState.GENERATED)).isPresent();
    }
}
