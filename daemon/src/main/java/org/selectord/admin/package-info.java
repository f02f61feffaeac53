/**
 * The admin port: what an operator and a monitor ask over HTTP. A face: asks the heart, decides nothing. May import {@code rotation},
 * {@code doctor}, {@code admin.api} and the port of {@code keystore}; no adapter.
 */
@NullMarked
package org.selectord.admin;

import org.jspecify.annotations.NullMarked;
