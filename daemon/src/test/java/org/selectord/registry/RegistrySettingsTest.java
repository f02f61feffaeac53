package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrySettingsTest {
    @Test
    void theUrlNamesAnAbsoluteFile() {
        assertThat(RegistrySettings.of("jdbc:sqlite:/srv/registry.db").file()).isEqualTo(Path.of("/srv/registry.db"));
        assertThat(RegistrySettings.of(RegistrySettings.DEFAULT_URL).file())
                .isEqualTo(Path.of("/var/lib/selectord/registry.db"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/srv/registry.db",
                "jdbc:sqlite:registry.db",
                "jdbc:sqlite:",
                "jdbc:sqlite:/",
                "jdbc:sqlite::memory:",
                "jdbc:sqlite:/srv/registry.db?synchronous=OFF",
                "jdbc:postgresql://db/selectord"
            })
    void anythingElseIsRefusedInASentence(String url) {
        assertThatThrownBy(() -> RegistrySettings.of(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("registry");
    }
}
