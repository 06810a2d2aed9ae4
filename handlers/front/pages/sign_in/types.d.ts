// What the modules of this subject hand each other. For checking only: browsers never see it.

export type SignInFlow = {
    /** Where the steps are shown, one after the other. */
    place: HTMLElement;
    username: string;
    /** When the server last said yes, by the clock of the page. */
    since: number;
    /** Given in a mail's link. */
    password: string;
    /** Whether the username is settled: somebody comes back to a session that ended. */
    fixed: boolean;
    /** The session of a page that is still there has ended. */
    again?: boolean;
    /** Whether an answer to the present step did not come: it may be done, and the session with it. */
    isOpen?: boolean;
    onDone: () => Promise<void>;
};

export type Next = "two_factor" | "new_password" | "done";
