/**
 * The heart: the states of a key and what happens next. Plain Java, told the time, holding no private half; imports the words and ports of
 * {@code key}, {@code keystore} and {@code dnsupdate} and nothing else of ours, no scheduler, HTTP, SQL or files.
 *
 * <p>Read {@link KeyState}, {@link ManagedDomain}, {@link RotationPlanner}, {@link RotationRunner}, {@link Signer} and
 * {@link KeyRegistry}, in this order.
 */
@NullMarked
package org.selectord.rotation;

import org.jspecify.annotations.NullMarked;
