package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;
import org.selectord.dnsupdate.TxtRRset;

/** What the primary served at a key's owner name when it was last asked; its split is what a withdrawal must name. */
public record PrimaryLook(Optional<TxtRRset> found, Instant seenAt) {}
