/**
 * Reading the configuration files into the records that live beside their features, with every problem at once, each with its line and
 * column. Wiring: may import every feature's settings; decides nothing and starts nothing.
 */
@NullMarked
package org.selectord.config;

import org.jspecify.annotations.NullMarked;
