# SPDX-License-Identifier: GPL-2.0
#
# How boot and bench start a kernel: an initramfs with our init and the
# kernel's modules, a stock QEMU in software emulation, its serial console in
# a file, and a time after which it is stopped. Sourced after lib.sh.

# qemu_program ARCH
qemu_program() {
	case $1 in
	x86_64) echo qemu-system-x86_64 ;;
	arm64) echo qemu-system-aarch64 ;;
	esac
}

# guest_cc ARCH: a compiler for programs of the guest.
guest_cc() {
	case $1:$(uname -m) in
	x86_64:x86_64 | arm64:aarch64) echo cc ;;
	x86_64:*) echo x86_64-linux-gnu-gcc ;;
	arm64:*) echo aarch64-linux-gnu-gcc ;;
	esac
}

need_guest() {
	need cpio sha256sum timeout "$(qemu_program "$1")" "$(guest_cc "$1")"
}

# guest_key ARCH ARTIFACT SETTING...: of all that a run depends on; what the
# tool asks of QEMU is in the tool itself.
guest_key() {
	guest_arch=$1 key_artifact=$2
	shift 2
	{
		printf '%s\n' "$@"
		"$(qemu_program "$guest_arch")" --version
		"$(guest_cc "$guest_arch")" --version
		cat "$key_artifact/image" "$key_artifact"/netmem_*.ko \
			"$here"/init/* "$here/tools/qemu.sh" "$0"
	} | hash
}

# make_initramfs ARCH ARTIFACT DIR: DIR/initramfs.
make_initramfs() {
	[ -d "$3" ] || die "'$3' is no folder to make an initramfs in"
	mkdir -p "$3/root/dev" "$3/root/proc" "$3/root/sys"
	"$(guest_cc "$1")" -O2 -Wall -static -o "$3/root/init" "$here"/init/*.c ||
		die "the init for $1 does not compile; is its libc there (libc6-dev-$1-cross)?"
	cp "$2"/netmem_test.ko "$2"/netmem_bench.ko "$here/init/allow" "$3/root" ||
		die "'$2' lacks our modules; remove it and try again"
	(cd "$3/root" && find . | cpio -o -H newc --quiet) >"$3/initramfs"
}

# machine ARCH: the machine's arguments, one a line.
machine() {
	case $1 in
	x86_64)
		# Without cmpxchg16b, which QEMU's emulation of two processors
		# does not make atomic on every host; and both processors in one
		# thread: with two, a processor that runs into an instruction
		# while another patches it (the BPF dispatcher's, each time a
		# program comes or goes) can take the breakpoint for ever.
		printf '%s\n' -accel tcg,thread=single -M q35 -cpu 'max,-cx16'
		;;
	arm64)
		# the core of the Armada 3700, whose NIC the series converts
		printf '%s\n' -M virt -cpu cortex-a53
		;;
	esac
}

console() {
	case $1 in
	x86_64) echo ttyS0 ;;
	arm64) echo ttyAMA0 ;;
	esac
}

# start_guest ARCH ARTIFACT DIR SECONDS COMMAND_LINE ARGUMENT...: runs the
# kernel until it resets, and leaves DIR/log. Fails when time is up. DIR is
# the caller's, who removes it. No guest outlives this shell: see stop_guest.
start_guest() {
	guest_arch=$1 guest_artifact=$2 guest_dir=$3 guest_seconds=$4
	guest_line="console=$(console "$1") panic=-1 log_buf_len=4M $5"
	shift 5
	make_initramfs "$guest_arch" "$guest_artifact" "$guest_dir"
	: >"$guest_dir/serial"
	# shellcheck disable=SC2046 # a list of words without blanks
	timeout -k 5 "$guest_seconds" "$(qemu_program "$guest_arch")" \
		$(machine "$guest_arch") -m 1G -nodefaults -display none \
		-no-reboot -serial "file:$guest_dir/serial" \
		-kernel "$guest_artifact/image" \
		-initrd "$guest_dir/initramfs" \
		-append "$guest_line" "$@" </dev/null >"$guest_dir/qemu" 2>&1 &
	guest=$!
	guest_status=0
	wait "$guest" || guest_status=$?
	guest=
	tr -d '\r' <"$guest_dir/serial" >"$guest_dir/log"
	cat "$guest_dir/qemu" >&2
	return "$guest_status"
}

# For a trap: the guest ends with us.
guest=
stop_guest() {
	[ -z "$guest" ] || kill "$guest" 2>/dev/null || :
}

# give_up LOG STATUS WHAT: says why there is no result, and how it ended.
give_up() {
	say "--- the last lines of $3:"
	tail -n 40 "$1" >&2
	case $2 in
	124 | 137) say "$3: not done within the time limit" ;;
	0) say "$3: ended without a result: the kernel or its init died" ;;
	*) say "$3: QEMU failed (exit $2)" ;;
	esac
	say "its whole log is '$1'"
}

# field NAME LOG: a value of the result line.
field() {
	sed -n "s/^NETMEM-RESULT .*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$2"
}
