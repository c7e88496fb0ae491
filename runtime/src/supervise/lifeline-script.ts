/**
 * The POSIX shell program that stands between this process and each child (dash and bash, Linux and macOS). It is the leader of the child's
 * process group and holds one end of a socket pair, fd 3, whose other end only this process has.
 *
 * - The command runs with the real stdin, stdout and stderr and without fd 3. It is handed over as "$@", so nothing is ever interpolated.
 * - The watcher reads fd 3. This process never writes there, so the read ends only when this process is gone, `kill -9` included. Then the
 *   whole group gets TERM, and KILL after two seconds.
 * - When the command has ended, its status goes out through fd 3 and the whole group is killed: leftovers, the watcher and this shell.
 *
 * Details that cost time to find: a background job has /dev/null for stdin unless it is given another fd before (4); signals that a shell ignores
 * stay ignored in what it starts, so they are caught until the command runs, and ignored from then on: a bash whose wait is woken by a signal
 * now and then loses the child's end for good; bash writes "Killed" lines to stderr, so the shell's own goes to /dev/null.
 */
export const lifelineScript = `
trap : TERM INT HUP
exec 4<&0 </dev/null
( exec "$@" ) <&4 3<&- 4<&- &
command=$!
trap '' TERM INT HUP PIPE
exec 4<&- >/dev/null 2>&1
( read -r nothing <&3; kill -TERM 0; sleep 2; kill -KILL 0 ) &
wait "$command"
status=$?
echo "$status" >&3
kill -KILL 0
`;
