/* SPDX-License-Identifier: ISC */
/*
 * mutant - deliberate faults, one per number, by which t/chaos/mutants proves that its
 * checker can see. A normal build has none: MUTANT(n) is the constant 0.
 */
#ifndef MUTANT_H
#define MUTANT_H

#ifndef CHAOS_MUTANT
#define CHAOS_MUTANT 0
#endif
#define MUTANT(n) (CHAOS_MUTANT == (n))

#endif
