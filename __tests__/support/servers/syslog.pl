# syslog.pl SOCKET LOG
# A syslog daemon in a few lines, because Node.js knows no Unix datagram sockets. Needs no more than perl-base.
use strict;
use warnings;
use Socket;

my ($path, $log) = @ARGV;
socket(my $messages, AF_UNIX, SOCK_DGRAM, 0) or die "$path: $!\n";
bind($messages, pack_sockaddr_un($path)) or die "$path: $!\n";
chmod(0666, $path) or die "$path: $!\n";
open(my $lines, '>>', $log) or die "$log: $!\n";
exit if fork;    # returns only now, when the daemon may start

while (defined recv($messages, my $message, 65536, 0)) {
    $message =~ s/^<\d+>//;
    $message =~ s/[\0\n]+$//;
    syswrite($lines, "$message\n");
}
