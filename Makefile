# SPDX-License-Identifier: BSD-2-Clause
# Cordon: one Makefile, sources by wildcard, all output under build/. V=1 shows the commands.
.DELETE_ON_ERROR:
MAKEFLAGS += -rR --no-print-directory
Q := $(if $(V),,@)
B ?= build

CC := gcc
CLANG := $(firstword $(foreach v,clang-19 clang-16 clang-14 clang,$(shell command -v $(v) 2>/dev/null)))
BPFTOOL := $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKG := libbpf libxdp libhs libpcre2-8 yaml-0.1 libcurl libcrypto libseccomp libmosquitto libcap-ng libsodium libidn2 libpsl jansson sqlite3 zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PKG) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKG) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 $(if $(CI),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
SAN_FLAGS := $(if $(SAN),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
CFLAGS := -std=gnu11 -O2 -g $(WARN) $(if $(SAN),-U_FORTIFY_SOURCE,$(HARDEN)) $(SAN_FLAGS) \
	-D_GNU_SOURCE $(DEFINE) -Iinclude -Iuser -Itests -I$(B) $(PKG_CFLAGS)
LDFLAGS := $(SAN_FLAGS) $(if $(SAN),,-pie -Wl,-z,relro,-z,now)
LIBS := $(PKG_LIBS) -lpthread -lm

# asm/ of the host: clang -target bpf does not look there by itself
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror $(DEFINE) -Iinclude -Ibpf \
	-idirafter /usr/include/$(shell $(CC) -dumpmachine)

USER_SRC := $(sort $(wildcard user/*.c user/*/*.c))
USER_OBJ := $(USER_SRC:%.c=$(B)/%.o)
LIB_OBJ := $(filter-out $(B)/user/main.o,$(USER_OBJ))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
PROG := $(patsubst tests/prog/%.c,$(B)/tests/prog/%,$(sort $(wildcard tests/prog/test_*.c)))
HARNESS_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/harness/*.c)))

.PHONY: all deps test test-run check check-san check-prog check-corpus check-net check-cli vmtest demo bench parity evasion faults faults-run clean clean-deps
all: $(B)/cordon

# what is missing is installed first; the second make then sees the packages
deps:
	$(Q)tests/harness/deps.sh all
test: deps
	$(Q)$(MAKE) test-run
demo:
	$(Q)tests/harness/deps.sh build
	$(Q)$(MAKE) demo-run
bench:
	$(Q)tests/harness/deps.sh all
	$(Q)$(MAKE) bench-run
parity:
	$(Q)tests/harness/deps.sh all
	$(Q)$(MAKE) parity-run

# --- kernel half: two hooks, one object, one skeleton ---
$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h include/*.h include/parse/*.h)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  BPF   $@")
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/bpf/cordon.bpf.o: $(B)/bpf/xdp.bpf.o $(B)/bpf/tc.bpf.o
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/cordon.skel.h: $(B)/bpf/cordon.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< name cordon_bpf > $@

# named one by one: a pattern rule without a recipe adds no prerequisite
$(filter $(B)/user/kern/%,$(LIB_OBJ)) $(PROG:=.o): | $(B)/cordon.skel.h

# --- user half ---
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $@")
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

# lists that are built in
$(B)/user/feed/builtin.o: feeds/never_block.conf feeds/popular.conf feeds/first_run.conf
$(B)/user/feed/known.o: feeds/sources.conf

$(B)/libcordon.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/cordon: $(B)/user/main.o $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# --- tests ---
# gcc 12 follows inlined parsers into buffers cut short on purpose and calls what they do not read uninitialised
$(B)/tests/%.o: CFLAGS += -Wno-maybe-uninitialized -Wno-array-bounds
$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(HARNESS_OBJ) $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(PROG): $(B)/tests/prog/%: $(B)/tests/prog/%.o $(HARNESS_OBJ) $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(B)/tests/corpus/mkpcap: $(B)/tests/corpus/mkpcap.o $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# alerts with and without --full, in one process; its defects come in between replay and kernel
COMPLETE_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/complete/*.c)))
$(B)/tests/complete/complete: $(COMPLETE_OBJ) $(HARNESS_OBJ) $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=kern_test_run,--wrap=pipeline_event -o $@ $^ $(LIBS) -lcmocka
# make fuzz T=seconds: every parser of foreign bytes, each so long
fuzz:
	$(Q)tests/fuzz/run.sh $(or $(T),60)
# make fuzz-coverage T=seconds: the lines of each parser that the fuzz targets reach
fuzz-coverage:
	$(Q)tests/fuzz/coverage.sh $(or $(T),5)
# make fuzz-complete T=seconds
fuzz-complete: $(B)/tests/complete/complete
	$(Q)$< -c -t $(or $(T),60) -s $(or $(SEED),1) -o $(B)/complete -D $(or $(CORDON_DATA),../shared/data)

.PHONY: unit-bins prog-bins net-bins fuzz fuzz-coverage fuzz-complete demo-run lint format bench-run parity-run
unit-bins: $(UNIT)
prog-bins: $(PROG) $(B)/tests/complexity

# loads every program with the largest configuration and prints what the verifier says
$(B)/tests/complexity: $(B)/vmtest/complexity.o $(B)/libcordon.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/vmtest/complexity.o: | $(B)/cordon.skel.h

# order: the quick and telling first; up to fuzz what may run side by side
test-run: $(B)/cordon $(B)/tests/corpus/mkpcap $(B)/tests/complete/complete net-bins unit-bins prog-bins
	$(Q)$(MAKE) SAN=1 B=$(B)-san unit-bins
	$(Q)tests/run.sh lint unit san corpus parity fuzz vm prog cli evasion net faults
check: unit-bins
	$(Q)tests/run.sh unit
check-san:
	$(Q)$(MAKE) SAN=1 B=$(B)-san unit-bins
	$(Q)tests/run.sh san
check-prog: prog-bins
	$(Q)tests/run.sh prog
check-corpus check-cli: $(B)/tests/corpus/mkpcap
check-corpus: $(B)/tests/complete/complete
check-net: net-bins
check-corpus check-net check-cli: check-%: $(B)/cordon
	$(Q)tests/run.sh $*
# make vmtest K=6.1: one kernel; K=all: the matrix
K ?= all
vmtest: $(B)/cordon $(B)/tests/demo/host prog-bins
	$(Q)vmtest/run.sh $(K)

# the XDP program beside xdp-filter, in one run; build/bench.json has the goals
BENCH_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/bench/*.c)))
bench-run: $(B)/tests/bench/bench
	$(Q)$< $(B)/bench.json
$(B)/tests/bench/bench: $(BENCH_OBJ) $(B)/libcordon.a
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# packets that try to get past, each against a real receiver: tests/evasion
evasion: $(B)/cordon
	$(Q)tests/evasion/run.sh $(CASE)

# what breaks around us, FI-01 to FI-29: tests/faults. FAULT= narrows it; CORDON_KILLS=1000 for the long run of FI-06
faults: deps
	$(Q)$(MAKE) faults-run
faults-run: $(B)/cordon net-bins unit-bins prog-bins
	$(Q)tests/faults/run.sh $(or $(FAULT),all)

# Suricata 7 beside us, every rule set and capture of CORDON_DATA: tests/parity; build/parity.json
parity-run: $(B)/cordon $(B)/tests/corpus/mkpcap
	$(Q)tests/parity/parity.sh

lint:
	$(Q)tests/run.sh lint
# the style of .clang-format; a commit of its own, never mixed with a change of meaning. FILES= narrows it.
FILES ?= $(shell git ls-files '*.c' '*.h')
format:
	$(Q)clang-format -i $(FILES)

demo-run: $(B)/cordon $(B)/tests/demo/host
	$(Q)tests/demo/demo.sh
# what the namespace tests need; tests/net/test_upgrade.sh goes to the next layout version and back
net-bins: $(B)/tests/demo/host $(B)/tests/net/flood $(B)/tests/net/before
	$(Q)$(MAKE) B=$(B)-next DEFINE=-DCORDON_ABI_VERSION=999 $(B)-next/cordon
$(B)/tests/net/flood: $(B)/tests/net/flood.o
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
$(B)/tests/net/before: $(B)/tests/net/before.o
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/tests/demo/host: $(B)/tests/demo/host.o $(B)/libcordon.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

clean:
	$(Q)rm -rf $(B) $(B)-san $(B)-next
# the cache of kernels and virtual machine tools, outside the checkout; nothing else was put on the machine but packages
clean-deps:
	$(Q)rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/cordon"

-include $(USER_OBJ:.o=.d) $(UNIT:=.d) $(PROG:=.d) $(HARNESS_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(COMPLETE_OBJ:.o=.d) $(B)/vmtest/complexity.d
